/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

PyObject *raise_message(int code, char const *message)
{
	PyObject *text = make_text(message);
	/* OSError chooses the subclass by the code, such as PermissionError. */
	PyObject *error = text ? PyObject_CallFunction(PyExc_OSError, "iN", code, text) : NULL;

	if (error) {
		PyErr_SetObject((PyObject *)Py_TYPE(error), error);
		Py_DECREF(error);
	}
	return NULL;
}

PyObject *raise_error(int code)
{
	return raise_message(code, imx_dma_buffer_get_last_error());
}

PyObject *raise_freed(void)
{
	PyErr_SetString(PyExc_ValueError, "the buffer is freed");
	return NULL;
}

PyObject *refuse_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	PyErr_Format(PyExc_TypeError, "cannot create '%s' instances", type->tp_name);
	return NULL;
}
