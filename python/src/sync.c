/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

typedef int range_function(ImxDmaBuffer *buffer, ImxDmaBufferRange const *ranges, size_t count,
	ImxDmaBufferDirection direction, int *error);

/* The buffer must stay mapped during the call, which unmaps it if the last reference to a mapping went meanwhile. */
static void finish_range(struct buffer *self)
{
	if (self->ranges > 0)
		self->ranges--;
	while (self->ranges == 0 && self->late_unmaps > 0) {
		self->late_unmaps--;
		Py_BEGIN_ALLOW_THREADS
		imx_dma_buffer_unmap(self->buffer);
		Py_END_ALLOW_THREADS
	}
}

static PyObject *sync_range(PyObject *object, PyObject *args, PyObject *kwargs, range_function *function,
	char const *format)
{
	static char *names[] = {"offset", "length", "direction", NULL};
	struct buffer *self = (struct buffer *)object;
	ImxDmaBufferRange range = {.length = SIZE_MAX};
	int direction = IMX_DMA_BUFFER_BIDIRECTIONAL, code, error = 0;
	size_t size;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, names, parse_size, &range.offset, parse_length,
			&range.length, &direction))
		return NULL;
	if (!self->buffer)
		return raise_freed();
	size = imx_dma_buffer_get_size(self->buffer);
	if (range.length == SIZE_MAX && range.offset < size)
		range.length = size - range.offset;
	hold(self);
	self->ranges++;
	Py_BEGIN_ALLOW_THREADS
	code = function(self->buffer, &range, 1, (ImxDmaBufferDirection)direction, &error);
	Py_END_ALLOW_THREADS
	finish_range(self);
	unhold(self);
	if (code < 0)
		return raise_error(error);
	Py_RETURN_NONE;
}

PyObject *buffer_sync_for_device(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return sync_range(self, args, kwargs, imx_dma_buffer_sync_for_device, "|O&O&i:sync_for_device");
}

PyObject *buffer_sync_for_cpu(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return sync_range(self, args, kwargs, imx_dma_buffer_sync_for_cpu, "|O&O&i:sync_for_cpu");
}

static PyObject *call_session(struct buffer *self, void (*function)(ImxDmaBuffer *buffer))
{
	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	function(self->buffer);
	Py_END_ALLOW_THREADS
	unhold(self);
	Py_RETURN_NONE;
}

PyObject *buffer_start_sync_session(PyObject *self, PyObject *unused)
{
	return call_session((struct buffer *)self, imx_dma_buffer_start_sync_session);
}

PyObject *buffer_stop_sync_session(PyObject *self, PyObject *unused)
{
	return call_session((struct buffer *)self, imx_dma_buffer_stop_sync_session);
}

PyObject *buffer_attach_device(PyObject *object, PyObject *unused)
{
	struct buffer *self = (struct buffer *)object;
	int code, error = 0;

	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	code = imx_dma_buffer_attach_device(self->buffer, &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	if (code < 0)
		return raise_error(error);
	Py_RETURN_NONE;
}

PyObject *buffer_export_sync_file(PyObject *object, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"direction", NULL};
	struct buffer *self = (struct buffer *)object;
	int direction = IMX_DMA_BUFFER_BIDIRECTIONAL, fd, error = 0;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|i:export_sync_file", names, &direction))
		return NULL;
	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	fd = imx_dma_buffer_export_sync_file(self->buffer, (ImxDmaBufferDirection)direction, &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	return (fd >= 0) ? PyLong_FromLong(fd) : raise_error(error);
}

PyObject *buffer_import_sync_file(PyObject *object, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"fd", "direction", NULL};
	struct buffer *self = (struct buffer *)object;
	int direction = IMX_DMA_BUFFER_BIDIRECTIONAL, fd, code, error = 0;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&|i:import_sync_file", names, parse_fd, &fd, &direction))
		return NULL;
	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	code = imx_dma_buffer_import_sync_file(self->buffer, fd, (ImxDmaBufferDirection)direction, &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	if (code < 0)
		return raise_error(error);
	Py_RETURN_NONE;
}
