/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

#include <errno.h>
#include <structmember.h>

PyObject *make_buffer(struct state *state, ImxDmaBuffer *buffer, PyObject *allocator)
{
	struct buffer *self = (struct buffer *)state->buffer->tp_alloc(state->buffer, 0);

	if (!self) {
		imx_dma_buffer_deallocate(buffer);
		return NULL;
	}
	self->state = state;
	self->buffer = buffer;
	self->forks = state->forks;
	Py_XINCREF(allocator);
	self->allocator = allocator;
	return (PyObject *)self;
}

/* The allocator has no references to others unless it belongs to a subclass, whose attributes can be cleared. */
static int buffer_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(Py_TYPE(self));
	Py_VISIT(((struct buffer *)self)->allocator);
	return 0;
}

/* A child has no other threads: it forgets the calls of the parent's threads. */
static void forget_threads(struct buffer *buffer)
{
	if (buffer->forks == buffer->state->forks)
		return;
	buffer->forks = buffer->state->forks;
	buffer->busy = buffer->ranges = buffer->late_unmaps = 0;
	buffer->is_freeing = false;
}

void hold(struct buffer *buffer)
{
	forget_threads(buffer);
	buffer->busy++;
}

void unhold(struct buffer *buffer)
{
	forget_threads(buffer);
	if (buffer->busy > 0)
		buffer->busy--;
}

bool is_busy(struct buffer *buffer)
{
	forget_threads(buffer);
	return buffer->busy > 0;
}

static void free_memory(struct buffer *self)
{
	ImxDmaBuffer *buffer = self->buffer;

	self->buffer = NULL;
	self->is_freeing = true;
	Py_BEGIN_ALLOW_THREADS
	imx_dma_buffer_deallocate(buffer);
	Py_END_ALLOW_THREADS
	self->is_freeing = false;
}

static void buffer_dealloc(PyObject *object)
{
	struct buffer *self = (struct buffer *)object;
	PyTypeObject *type = Py_TYPE(object);

	PyObject_GC_UnTrack(object);
	if (self->weak_references)
		PyObject_ClearWeakRefs(object);
	if (self->buffer)
		free_memory(self);
	Py_XDECREF(self->allocator);
	type->tp_free(object);
	Py_DECREF(type);
}

static PyObject *buffer_free(PyObject *object, PyObject *unused)
{
	struct buffer *self = (struct buffer *)object;

	if (self->exports > 0) {
		PyErr_SetString(PyExc_BufferError, "cannot free the buffer: views of its memory exist");
		return NULL;
	}
	if (is_busy(self) || self->is_freeing) {
		PyErr_SetString(PyExc_BufferError, "cannot free the buffer: another thread uses it");
		return NULL;
	}
	if (self->buffer)
		free_memory(self);
	Py_RETURN_NONE;
}

static PyObject *buffer_enter(PyObject *self, PyObject *unused)
{
	if (!((struct buffer *)self)->buffer)
		return raise_freed();
	Py_INCREF(self);
	return self;
}

/* An exception of the block is more important than views that its traceback keeps: the last one frees the buffer. */
static PyObject *buffer_exit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
	PyObject *result = buffer_free(self, NULL);

	if (!result && count > 0 && args[0] != Py_None && PyErr_ExceptionMatches(PyExc_BufferError)) {
		PyErr_Clear();
		Py_RETURN_NONE;
	}
	return result;
}

static PyObject *buffer_repr(PyObject *object)
{
	struct buffer *self = (struct buffer *)object;
	imx_physical_address_t address;
	char text[32];
	size_t size;

	if (!self->buffer)
		return PyUnicode_FromString("<imxdmabuffer.Buffer, freed>");
	address = imx_dma_buffer_get_physical_address(self->buffer);
	size = imx_dma_buffer_get_size(self->buffer);
	if (address == 0)
		return PyUnicode_FromFormat("<imxdmabuffer.Buffer of %zu bytes>", size);
	snprintf(text, sizeof(text), "%" IMX_PHYSICAL_ADDRESS_FORMAT, address);
	return PyUnicode_FromFormat("<imxdmabuffer.Buffer of %zu bytes at physical address %s>", size, text);
}

static Py_ssize_t buffer_length(PyObject *object)
{
	struct buffer *self = (struct buffer *)object;

	size_t size;

	if (!self->buffer) {
		raise_freed();
		return -1;
	}
	size = imx_dma_buffer_get_size(self->buffer);
	if (size <= (size_t)PY_SSIZE_T_MAX)
		return (Py_ssize_t)size;
	PyErr_SetString(PyExc_OverflowError, "the size does not fit len(): use the attribute size");
	return -1;
}

static PyObject *make_view(struct buffer *self, size_t offset, size_t size, unsigned int flags)
{
	ImxDmaBuffer *view;
	int error = 0;

	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	view = imx_dma_buffer_new_view(self->buffer, offset, size, flags, &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	return view ? make_buffer(self->state, view, self->allocator) : raise_error(error);
}

static PyObject *buffer_view(PyObject *self, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"offset", "size", "flags", NULL};
	size_t offset = 0, size = 0;
	unsigned int flags = 0;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O&O&O&:view", names, parse_size, &offset, parse_size, &size,
			parse_unsigned, &flags))
		return NULL;
	return make_view((struct buffer *)self, offset, size, flags);
}

static PyObject *buffer_slice(PyObject *self, PyObject *key)
{
	Py_ssize_t length = buffer_length(self), start, stop, step;

	if (length < 0)
		return NULL;
	if (!PySlice_Check(key)) {
		PyErr_SetString(PyExc_TypeError, "a buffer has slices only; map it to access bytes");
		return NULL;
	}
	if (PySlice_Unpack(key, &start, &stop, &step) < 0)
		return NULL;
	PySlice_AdjustIndices(length, &start, &stop, step);
	if (step != 1 || stop <= start) {
		PyErr_SetString(PyExc_ValueError, "a slice of a buffer has at least one byte, and the step 1");
		return NULL;
	}
	return make_view((struct buffer *)self, (size_t)start, (size_t)(stop - start), 0);
}

static PyObject *buffer_fileno(PyObject *object, PyObject *unused)
{
	struct buffer *self = (struct buffer *)object;
	int fd = imx_dma_buffer_get_fd(self->buffer);

	if (!self->buffer)
		return raise_freed();
	if (fd < 0)
		return raise_message(ENOTSUP, "the buffer has no descriptor, or begins at an offset of it");
	return PyLong_FromLong(fd);
}

static PyObject *export_fd(struct buffer *self, size_t *offset)
{
	int fd, error = 0;

	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	fd = imx_dma_buffer_export_fd(self->buffer, offset, &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	return (fd >= 0) ? PyLong_FromLong(fd) : raise_error(error);
}

static PyObject *buffer_export(PyObject *self, PyObject *unused)
{
	return export_fd((struct buffer *)self, NULL);
}

static PyObject *buffer_export_with_offset(PyObject *self, PyObject *unused)
{
	size_t offset = 0;
	PyObject *fd = export_fd((struct buffer *)self, &offset);

	return fd ? Py_BuildValue("NN", fd, PyLong_FromSize_t(offset)) : NULL;
}

static PyObject *get_size(PyObject *object, void *unused)
{
	struct buffer *self = (struct buffer *)object;

	return self->buffer ? PyLong_FromSize_t(imx_dma_buffer_get_size(self->buffer)) : raise_freed();
}

static PyObject *get_physical_address(PyObject *object, void *unused)
{
	struct buffer *self = (struct buffer *)object;
	imx_physical_address_t address = imx_dma_buffer_get_physical_address(self->buffer);

	if (!self->buffer)
		return raise_freed();
	if (address == 0)
		Py_RETURN_NONE;
	return PyLong_FromUnsignedLong(address);
}

static PyObject *get_fd(PyObject *object, void *unused)
{
	struct buffer *self = (struct buffer *)object;
	int fd = imx_dma_buffer_get_fd(self->buffer);

	if (!self->buffer)
		return raise_freed();
	if (fd < 0)
		Py_RETURN_NONE;
	return PyLong_FromLong(fd);
}

static PyObject *get_allocator(PyObject *object, void *unused)
{
	PyObject *allocator = ((struct buffer *)object)->allocator;

	if (!allocator)
		Py_RETURN_NONE;
	Py_INCREF(allocator);
	return allocator;
}

static PyObject *get_is_freed(PyObject *object, void *unused)
{
	return PyBool_FromLong(!((struct buffer *)object)->buffer);
}

static PyObject *get_properties(PyObject *object, void *unused)
{
	struct buffer *self = (struct buffer *)object;
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	int code, error = 0;

	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	code = imx_dma_buffer_query_properties(self->buffer, &properties, &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	return (code == 0) ? make_properties(self->state, &properties) : raise_error(error);
}

static PyObject *buffer_query_address(PyObject *object, PyObject *unused)
{
	struct buffer *self = (struct buffer *)object;
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};
	int code, error = 0;

	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	code = imx_dma_buffer_query_physical_address(self->buffer, &address, &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	return (code == 0) ? make_address(self->state, &address) : raise_error(error);
}

static PyObject *get_name(PyObject *object, void *unused)
{
	struct buffer *self = (struct buffer *)object;
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	int code, error = 0;

	if (!self->buffer)
		return raise_freed();
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	code = imx_dma_buffer_get_name(self->buffer, name, sizeof(name), &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	return (code < 0) ? raise_error(error) : make_text(name);
}

static int set_name(PyObject *object, PyObject *value, void *unused)
{
	struct buffer *self = (struct buffer *)object;
	Py_ssize_t length = 0;
	char const *name = value ? PyUnicode_AsUTF8AndSize(value, &length) : "";
	int code, error = 0;

	if (!name)
		return -1;
	if (strlen(name) != (size_t)length) {
		PyErr_SetString(PyExc_ValueError, "embedded null character");
		return -1;
	}
	if (!self->buffer) {
		raise_freed();
		return -1;
	}
	hold(self);
	Py_BEGIN_ALLOW_THREADS
	code = imx_dma_buffer_set_name(self->buffer, name, &error);
	Py_END_ALLOW_THREADS
	unhold(self);
	if (code < 0)
		raise_error(error);
	return (code < 0) ? -1 : 0;
}

#include "buffer_type.h"
