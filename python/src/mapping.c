/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

#include <structmember.h>

struct mapping {
	PyObject_HEAD struct buffer *buffer;
	/* NULL after unmap(). */
	uint8_t *address;
	/* The view that a with statement has. It refers to the mapping. */
	PyObject *view;
	Py_ssize_t exports;
	bool is_readonly;
	/* A with statement ended by an exception while views existed: the last view unmaps the buffer. */
	bool has_left;
	/* Another thread is in unmap(). */
	bool is_unmapping;
};

static bool is_mapped(struct mapping const *self)
{
	return self->address && self->buffer->buffer;
}

/* Memoryviews, and attributes of other objects, can be cleared: that breaks every cycle. */
static int mapping_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(Py_TYPE(self));
	Py_VISIT(((struct mapping *)self)->buffer);
	Py_VISIT(((struct mapping *)self)->view);
	return 0;
}

static void unmap(struct mapping *self)
{
	struct buffer *buffer = self->buffer;

	self->address = NULL;
	self->is_unmapping = true;
	hold(buffer);
	Py_BEGIN_ALLOW_THREADS
	imx_dma_buffer_unmap(buffer->buffer);
	Py_END_ALLOW_THREADS
	unhold(buffer);
	self->is_unmapping = false;
}

/* Unmap, or leave it to the thread that synchronises ranges. */
static void unmap_at_last(struct mapping *self)
{
	if (is_mapped(self) && is_busy(self->buffer) && self->buffer->ranges > 0) {
		self->address = NULL;
		self->buffer->late_unmaps++;
	} else if (is_mapped(self)) {
		unmap(self);
	}
}

static void mapping_dealloc(PyObject *object)
{
	struct mapping *self = (struct mapping *)object;
	PyTypeObject *type = Py_TYPE(object);

	PyObject_GC_UnTrack(object);
	Py_CLEAR(self->view);
	unmap_at_last(self);
	Py_XDECREF(self->buffer);
	type->tp_free(object);
	Py_DECREF(type);
}

static PyObject *raise_unmapped(void)
{
	PyErr_SetString(PyExc_ValueError, "the buffer is unmapped");
	return NULL;
}

static int get_buffer(PyObject *object, Py_buffer *view, int flags)
{
	struct mapping *self = (struct mapping *)object;
	size_t size;

	view->obj = NULL;
	if (!is_mapped(self)) {
		raise_unmapped();
		return -1;
	}
	size = imx_dma_buffer_get_size(self->buffer->buffer);
	if (size > (size_t)PY_SSIZE_T_MAX) {
		PyErr_SetString(PyExc_BufferError, "the buffer is too large for a view: map a part of it, a view");
		return -1;
	}
	if (PyBuffer_FillInfo(view, object, self->address, (Py_ssize_t)size, self->is_readonly, flags) < 0)
		return -1;
	self->exports++;
	self->buffer->exports++;
	return 0;
}

static void release_buffer(PyObject *object, Py_buffer *view)
{
	struct mapping *self = (struct mapping *)object;

	self->exports--;
	self->buffer->exports--;
	if (self->has_left && self->exports == 0)
		unmap_at_last(self);
}

static PyObject *mapping_unmap(PyObject *object, PyObject *unused)
{
	struct mapping *self = (struct mapping *)object;

	if (self->exports > 0) {
		PyErr_SetString(PyExc_BufferError, "cannot unmap the buffer: views of its memory exist");
		return NULL;
	}
	if (self->is_unmapping || (is_mapped(self) && is_busy(self->buffer) && self->buffer->ranges > 0)) {
		PyErr_SetString(PyExc_BufferError, "cannot unmap the buffer: another thread synchronises or unmaps it");
		return NULL;
	}
	if (is_mapped(self))
		unmap(self);
	Py_RETURN_NONE;
}

static PyObject *mapping_enter(PyObject *object, PyObject *unused)
{
	struct mapping *self = (struct mapping *)object;
	PyObject *view;

	if (self->view) {
		PyErr_SetString(PyExc_RuntimeError, "the mapping is in a with statement already");
		return NULL;
	}
	view = PyMemoryView_FromObject(object);
	Py_XINCREF(view);
	self->view = view;
	self->has_left = false;
	return view;
}

/* Release the view of the with statement, unless views of it exist. */
static PyObject *leave(struct mapping *self)
{
	PyObject *view = self->view, *result;

	self->view = NULL;
	result = view ? PyObject_CallMethodNoArgs(view, self->buffer->state->release)
				  : mapping_unmap((PyObject *)self, NULL);
	Py_XDECREF(view);
	if (!view || !result)
		return result;
	Py_DECREF(result);
	return mapping_unmap((PyObject *)self, NULL);
}

/*
 * An exception of the block is more important than views that its traceback keeps, and than a range call of another
 * thread: the last view, or that call, unmaps the buffer.
 */
static PyObject *mapping_exit(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
	struct mapping *self = (struct mapping *)object;
	PyObject *result = leave(self);

	if (result || count == 0 || args[0] == Py_None || !PyErr_ExceptionMatches(PyExc_BufferError))
		return result;
	PyErr_Clear();
	self->has_left = true;
	if (self->exports == 0)
		unmap_at_last(self);
	Py_RETURN_NONE;
}

unsigned int parse_mode(PyObject *mode)
{
	Py_ssize_t length;
	char const *text = PyUnicode_AsUTF8AndSize(mode, &length);

	if (!text)
		return 0;
	if (length == 1 && text[0] == 'r')
		return IMX_DMA_BUFFER_MAPPING_FLAG_READ;
	if (length == 1 && text[0] == 'w')
		return IMX_DMA_BUFFER_MAPPING_FLAG_WRITE;
	if (length == 2 && text[0] == 'r' && text[1] == 'w')
		return IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK;
	PyErr_Format(PyExc_ValueError, "mode %R: it is 'r', 'w' or 'rw'", mode);
	return 0;
}

PyObject *map_buffer(struct buffer *buffer, unsigned int flags)
{
	struct mapping *self;
	uint8_t *address;
	int error = 0;

	if (!buffer->buffer)
		return raise_freed();
	self = PyObject_GC_New(struct mapping, buffer->state->mapping);
	if (!self)
		return NULL;
	hold(buffer);
	Py_BEGIN_ALLOW_THREADS
	address = imx_dma_buffer_map(buffer->buffer, flags, &error);
	Py_END_ALLOW_THREADS
	unhold(buffer);
	Py_INCREF(buffer);
	self->buffer = buffer;
	self->address = address;
	self->view = NULL;
	self->exports = 0;
	self->has_left = self->is_unmapping = false;
	self->is_readonly = !(flags & IMX_DMA_BUFFER_MAPPING_FLAG_WRITE);
	PyObject_GC_Track(self);
	if (address)
		return (PyObject *)self;
	Py_DECREF(self);
	return raise_error(error);
}

/* Read one keyword argument into the mode or the flags. */
static bool parse_keyword(PyObject *name, PyObject *value, PyObject **mode, unsigned int *flags)
{
	unsigned int flag = 0;
	int truth;

	if (PyUnicode_CompareWithASCIIString(name, "mode") == 0 && !*mode) {
		*mode = value;
		return true;
	}
	if (PyUnicode_CompareWithASCIIString(name, "manual_sync") == 0)
		flag = IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC;
	else if (PyUnicode_CompareWithASCIIString(name, "overwrite") == 0)
		flag = IMX_DMA_BUFFER_MAPPING_FLAG_OVERWRITE;
	if (flag == 0) {
		PyErr_Format(PyExc_TypeError, "map() got an unexpected keyword argument %R", name);
		return false;
	}
	truth = PyObject_IsTrue(value);
	*flags |= (truth > 0) ? flag : 0;
	return truth >= 0;
}

PyObject *buffer_map(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
	Py_ssize_t keywords = names ? PyTuple_GET_SIZE(names) : 0;
	PyObject *mode = (count > 0) ? args[0] : NULL;
	unsigned int access = IMX_DMA_BUFFER_MAPPING_READWRITE_FLAG_MASK, flags = 0;

	if (count > 1) {
		PyErr_Format(PyExc_TypeError, "map() takes at most 1 positional argument (%zd given)", count);
		return NULL;
	}
	for (Py_ssize_t i = 0; i < keywords; i++) {
		if (!parse_keyword(PyTuple_GET_ITEM(names, i), args[count + i], &mode, &flags))
			return NULL;
	}
	if (mode)
		access = parse_mode(mode);
	return (access != 0) ? map_buffer((struct buffer *)self, access | flags) : NULL;
}

static PyObject *get_address(PyObject *self, void *unused)
{
	if (!is_mapped((struct mapping *)self))
		return raise_unmapped();
	return PyLong_FromVoidPtr(((struct mapping *)self)->address);
}

static PyObject *get_mapped(PyObject *self, void *unused)
{
	return PyBool_FromLong(is_mapped((struct mapping *)self));
}

static PyObject *get_readonly(PyObject *self, void *unused)
{
	return PyBool_FromLong(((struct mapping *)self)->is_readonly);
}

static PyObject *get_owner(PyObject *self, void *unused)
{
	PyObject *buffer = (PyObject *)((struct mapping *)self)->buffer;

	Py_INCREF(buffer);
	return buffer;
}

PyDoc_STRVAR(mapping_doc,
	"A mapping of a buffer, made by Buffer.map().\n\n"
	"It has the buffer protocol: memoryview(mapping) and numpy.frombuffer(mapping) use the memory itself. A with\n"
	"statement gives a memoryview, and unmaps the buffer at its end. Without one, unmap() or the last reference does.");
PyDoc_STRVAR(unmap_doc,
	"unmap($self, /)\n--\n\n"
	"Unmap the buffer. Raises BufferError while views of the mapping exist. Does nothing after the first call.\n"
	"If the sync session fails to end, the log has the error (IMXDMABUFFER_LOG=error): nothing is raised.");

static PyMethodDef mapping_methods[] = {
	{"unmap", mapping_unmap, METH_NOARGS, unmap_doc},
	{"__enter__", mapping_enter, METH_NOARGS, "Return a memoryview of the memory."},
	{"__exit__", (PyCFunction)(void (*)(void))mapping_exit, METH_FASTCALL,
		"Release the memoryview and unmap the buffer."},
	{NULL, NULL, 0, NULL},
};
static PyGetSetDef mapping_attributes[] = {
	{"address", get_address, NULL, "The address of byte 0 in this process.", NULL},
	{"buffer", get_owner, NULL, "The buffer.", NULL},
	{"mapped", get_mapped, NULL, "Whether the mapping still exists.", NULL},
	{"readonly", get_readonly, NULL, "Whether the views are read-only.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot mapping_slots[] = {
	{Py_tp_doc, (void *)(uintptr_t)mapping_doc},
	{Py_tp_new, refuse_new},
	{Py_tp_dealloc, mapping_dealloc},
	{Py_tp_traverse, mapping_traverse},
	{Py_tp_methods, mapping_methods},
	{Py_tp_getset, mapping_attributes},
	{Py_bf_getbuffer, get_buffer},
	{Py_bf_releasebuffer, release_buffer},
	{0, NULL},
};
PyType_Spec mapping_spec = {
	.name = "imxdmabuffer.Mapping",
	.basicsize = sizeof(struct mapping),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
	.slots = mapping_slots,
};
