/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

/*
 * numpy.frombuffer() of a memoryview keeps it, as numpy.ndarray() would not; the second array refers to the first.
 * offset: at most the size. It is checked here: the sum that ndarray() compares can overflow.
 */
static PyObject *make_array(PyObject *numpy, PyObject *mapping, size_t offset, PyObject *arguments)
{
	PyObject *view = PyMemoryView_FromObject(mapping);
	PyObject *bytes = view
		? PyObject_CallMethod(numpy, "frombuffer", "Osnn", view, "uint8", (Py_ssize_t)-1, (Py_ssize_t)offset)
		: NULL;
	PyObject *type = bytes ? PyObject_GetAttrString(numpy, "ndarray") : NULL;
	PyObject *none = type ? PyTuple_New(0) : NULL;
	PyObject *array = NULL;

	if (none && PyDict_SetItemString(arguments, "buffer", bytes) == 0)
		array = PyObject_Call(type, none, arguments);
	Py_XDECREF(none);
	Py_XDECREF(type);
	Py_XDECREF(bytes);
	Py_XDECREF(view);
	return array;
}

/*
 * Refuse types of references: devices write the memory. Refuse items without a size: numpy.ndarray() divides by it.
 */
static PyObject *make_type(PyObject *numpy, PyObject *dtype)
{
	PyObject *type = dtype ? PyObject_CallMethod(numpy, "dtype", "(O)", dtype)
						   : PyObject_CallMethod(numpy, "dtype", "s", "uint8");
	PyObject *references = type ? PyObject_GetAttrString(type, "hasobject") : NULL;
	PyObject *size = references ? PyObject_GetAttrString(type, "itemsize") : NULL;
	bool is_memory = size && references == Py_False && PyLong_AsSsize_t(size) > 0;

	Py_XDECREF(size);
	Py_XDECREF(references);
	if (is_memory)
		return type;
	if (!PyErr_Occurred())
		PyErr_SetString(PyExc_TypeError, "this dtype does not describe memory: it has references, or no size");
	Py_XDECREF(type);
	return NULL;
}

/* Return the keyword arguments of numpy.ndarray(). */
static PyObject *make_arguments(PyObject *numpy, PyObject *shape, PyObject *dtype, PyObject *strides)
{
	PyObject *type = make_type(numpy, dtype);

	return Py_BuildValue("{s:O,s:N,s:O}", "shape", shape, "dtype", type, "strides", strides);
}

static bool check_offset(struct buffer const *buffer, size_t offset)
{
	if (!buffer->buffer)
		raise_freed();
	else if (offset > imx_dma_buffer_get_size(buffer->buffer))
		PyErr_SetString(PyExc_ValueError, "the offset is outside of the buffer");
	else
		return true;
	return false;
}

PyObject *buffer_array(PyObject *self, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"shape", "dtype", "strides", "offset", "mode", NULL};
	PyObject *shape, *dtype = NULL, *strides = Py_None, *mode = NULL, *arguments, *numpy, *mapping, *array = NULL;
	unsigned int flags = IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK;
	size_t offset = 0;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OO$O&O:array", names, &shape, &dtype, &strides, parse_size,
			&offset, &mode))
		return NULL;
	if (mode && (flags = parse_mode(mode)) == 0)
		return NULL;
	if (!check_offset((struct buffer *)self, offset))
		return NULL;
	numpy = PyImport_ImportModule("numpy");
	arguments = numpy ? make_arguments(numpy, shape, dtype, strides) : NULL;
	mapping = arguments ? map_buffer((struct buffer *)self, flags) : NULL;
	if (mapping)
		array = make_array(numpy, mapping, offset, arguments);
	Py_XDECREF(mapping);
	Py_XDECREF(arguments);
	Py_XDECREF(numpy);
	return array;
}
