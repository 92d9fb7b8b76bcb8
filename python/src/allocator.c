/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "binding.h"

#include <structmember.h>

static PyObject *make(PyTypeObject *type, struct state *state, ImxDmaBufferAllocator *allocator)
{
	struct allocator *self = (struct allocator *)type->tp_alloc(type, 0);

	if (!self) {
		imx_dma_buffer_allocator_destroy(allocator);
		return NULL;
	}
	self->state = state;
	self->allocator = allocator;
	return (PyObject *)self;
}

static PyObject *allocator_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"name", "flags", NULL};
	struct state *state = find_state(type);
	ImxDmaBufferAllocator *allocator;
	char const *name = NULL;
	unsigned int flags = 0;
	int error = 0;

	if (!state || !PyArg_ParseTupleAndKeywords(args, kwargs, "|zO&:Allocator", names, &name, parse_unsigned, &flags))
		return NULL;
	/* The arguments keep the text. */
	Py_BEGIN_ALLOW_THREADS
	allocator = imx_dma_buffer_allocator_new_by_name(name, flags, &error);
	Py_END_ALLOW_THREADS
	return allocator ? make(type, state, allocator) : raise_error(error);
}

static PyObject *pool_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {
		"allocator", "max_idle_bytes", "max_idle_buffers", "idle_ms", "preallocate", "preallocate_size", "flags", NULL};
	struct state *state = find_state(type);
	ImxDmaBufferPoolConfig config = {.struct_size = sizeof(config)};
	ImxDmaBufferAllocator *pool;
	struct allocator *inner;
	int error = 0;

	if (!state ||
		!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|$O&O&O&O&O&O&:Pool", names, state->allocator, &inner, parse_size,
			&config.max_idle_bytes, parse_unsigned, &config.max_idle_buffers, parse_unsigned, &config.idle_ms,
			parse_unsigned, &config.preallocate, parse_size, &config.preallocate_size, parse_unsigned, &config.flags))
		return NULL;
	/* The arguments keep the allocator. */
	Py_BEGIN_ALLOW_THREADS
	pool = imx_dma_buffer_pool_new(inner->allocator, &config, &error);
	Py_END_ALLOW_THREADS
	return pool ? make(type, state, pool) : raise_error(error);
}

static int allocator_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(Py_TYPE(self));
	return 0;
}

static void allocator_dealloc(PyObject *self)
{
	struct allocator *allocator = (struct allocator *)self;
	PyTypeObject *type = Py_TYPE(self);

	PyObject_GC_UnTrack(self);
	if (allocator->weak_references)
		PyObject_ClearWeakRefs(self);
	Py_BEGIN_ALLOW_THREADS
	imx_dma_buffer_allocator_destroy(allocator->allocator);
	Py_END_ALLOW_THREADS
	type->tp_free(self);
	Py_DECREF(type);
}

static PyObject *allocator_repr(PyObject *self)
{
	char const *name = imx_dma_buffer_allocator_get_name(((struct allocator *)self)->allocator);

	return PyUnicode_FromFormat("<%s '%s'>", Py_TYPE(self)->tp_name, name ? name : "");
}

static PyObject *allocator_allocate(PyObject *self, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"size", "alignment", NULL};
	struct allocator *allocator = (struct allocator *)self;
	size_t size, alignment = 1;
	ImxDmaBuffer *buffer;
	int error = 0;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O&:allocate", names, parse_size, &size, parse_size, &alignment))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	buffer = imx_dma_buffer_allocate(allocator->allocator, size, alignment, &error);
	Py_END_ALLOW_THREADS
	return buffer ? make_buffer(allocator->state, buffer, self) : raise_error(error);
}

static PyObject *allocator_name(PyObject *self, void *unused)
{
	return make_text(imx_dma_buffer_allocator_get_name(((struct allocator *)self)->allocator));
}

static PyObject *allocator_info(PyObject *self, void *unused)
{
	struct allocator *allocator = (struct allocator *)self;
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};
	int error = 0;

	if (imx_dma_buffer_allocator_get_info(allocator->allocator, &info, &error) < 0)
		return raise_error(error);
	return make_allocator_info(allocator->state, &info);
}

static PyObject *pool_stats(PyObject *self, void *unused)
{
	struct allocator *pool = (struct allocator *)self;
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};
	int code, error = 0;

	Py_BEGIN_ALLOW_THREADS
	code = imx_dma_buffer_pool_get_stats(pool->allocator, &stats, &error);
	Py_END_ALLOW_THREADS
	return (code == 0) ? make_pool_stats(pool->state, &stats) : raise_error(error);
}

static PyObject *pool_trim(PyObject *self, PyObject *args, PyObject *kwargs)
{
	static char *names[] = {"keep_bytes", NULL};
	size_t keep_bytes = 0;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O&:trim", names, parse_size, &keep_bytes))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	imx_dma_buffer_pool_trim(((struct allocator *)self)->allocator, keep_bytes);
	Py_END_ALLOW_THREADS
	Py_RETURN_NONE;
}

PyDoc_STRVAR(allocator_doc,
	"Allocator(name=None, flags=0)\n--\n\n"
	"One mechanism that gives memory for DMA to a program.\n\n"
	"name: such as 'dma-heap', 'host', or 'dma-heap:/dev/dma_heap/reserved'; None: the default of this machine.\n"
	"flags: of AllocatorFlag. The mechanism is closed when the allocator and all its buffers are gone.");
PyDoc_STRVAR(allocate_doc,
	"allocate($self, /, size, alignment=1)\n--\n\n"
	"Allocate a buffer.\n\n"
	"size: in bytes, at least 1. alignment: the physical address is a multiple of it.");
PyDoc_STRVAR(pool_doc,
	"Pool(allocator, *, max_idle_bytes=0, max_idle_buffers=0, idle_ms=0, preallocate=0, preallocate_size=0, flags=0)\n"
	"--\n\n"
	"An allocator that gives freed buffers out again.\n\n"
	"allocator: where new memory comes from. The limits are about buffers that wait; 0 is the default of each.\n"
	"preallocate, preallocate_size: this many buffers of this size exist from the beginning. flags: of PoolFlag.");
PyDoc_STRVAR(trim_doc,
	"trim($self, /, keep_bytes=0)\n--\n\n"
	"Free idle buffers, until at most keep_bytes of them are left.");

static PyMethodDef allocator_methods[] = {
	{"allocate", (PyCFunction)(void (*)(void))allocator_allocate, METH_VARARGS | METH_KEYWORDS, allocate_doc},
	{NULL, NULL, 0, NULL},
};
static PyGetSetDef allocator_attributes[] = {
	{"name", allocator_name, NULL, "The name of the mechanism.", NULL},
	{"info", allocator_info, NULL, "Facts about the allocator, an AllocatorInfo.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};
static PyMemberDef allocator_members[] = {
	{"__weaklistoffset__", T_PYSSIZET, offsetof(struct allocator, weak_references), READONLY, NULL},
	{NULL, 0, 0, 0, NULL},
};
static PyType_Slot allocator_slots[] = {
	{Py_tp_doc, (void *)(uintptr_t)allocator_doc},
	{Py_tp_new, allocator_new},
	{Py_tp_dealloc, allocator_dealloc},
	{Py_tp_traverse, allocator_traverse},
	{Py_tp_repr, allocator_repr},
	{Py_tp_methods, allocator_methods},
	{Py_tp_getset, allocator_attributes},
	{Py_tp_members, allocator_members},
	{0, NULL},
};
PyType_Spec allocator_spec = {
	.name = "imxdmabuffer.Allocator",
	.basicsize = sizeof(struct allocator),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
	.slots = allocator_slots,
};

static PyMethodDef pool_methods[] = {
	{"trim", (PyCFunction)(void (*)(void))pool_trim, METH_VARARGS | METH_KEYWORDS, trim_doc},
	{NULL, NULL, 0, NULL},
};
static PyGetSetDef pool_attributes[] = {
	{"stats", pool_stats, NULL, "The counters of the pool, a PoolStats.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot pool_slots[] = {
	{Py_tp_doc, (void *)(uintptr_t)pool_doc},
	{Py_tp_new, pool_new},
	{Py_tp_dealloc, allocator_dealloc},
	{Py_tp_traverse, allocator_traverse},
	{Py_tp_methods, pool_methods},
	{Py_tp_getset, pool_attributes},
	{0, NULL},
};
PyType_Spec pool_spec = {
	.name = "imxdmabuffer.Pool",
	.basicsize = sizeof(struct allocator),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
	.slots = pool_slots,
};
