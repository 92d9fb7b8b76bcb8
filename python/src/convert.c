/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

#include <limits.h>

int parse_size(PyObject *object, void *size)
{
	PyObject *number = PyNumber_Index(object);

	if (!number)
		return 0;
	*(size_t *)size = PyLong_AsSize_t(number);
	Py_DECREF(number);
	return !PyErr_Occurred();
}

int parse_unsigned(PyObject *object, void *number)
{
	size_t size;

	if (!parse_size(object, &size))
		return 0;
	if (size > UINT_MAX) {
		PyErr_SetString(PyExc_OverflowError, "the number does not fit into an unsigned int");
		return 0;
	}
	*(unsigned int *)number = (unsigned int)size;
	return 1;
}

int parse_length(PyObject *object, void *size)
{
	if (object != Py_None)
		return parse_size(object, size);
	*(size_t *)size = SIZE_MAX;
	return 1;
}

int parse_fd(PyObject *object, void *fd)
{
	*(int *)fd = PyObject_AsFileDescriptor(object);
	return *(int *)fd >= 0;
}

/* Texts contain paths and names of drivers, which may be any bytes. */
PyObject *make_text(char const *text)
{
	return PyUnicode_DecodeUTF8(text ? text : "", (Py_ssize_t)strlen(text ? text : ""), "backslashreplace");
}
