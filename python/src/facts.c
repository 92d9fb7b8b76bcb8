/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of the library's structures, as named tuples. */
#include "binding.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static PyStructSequence_Field info_fields[] = {
	{"name", "the name, as Allocator() takes it"},
	{"description", "a few words for lists"},
	{"node", "the device node or library in use, or the one that could not be used"},
	{"error", "0 if the allocator is usable, otherwise an errno code"},
	{"message", "the reason for the error, or for unknown physical addresses"},
	{"is_dmabuf", "whether a buffer has a DMA-BUF descriptor; None: unknown"},
	{"has_physical_address", "whether this process learns the physical address; None: it depends on the size"},
	{"cached", "whether the CPU's mapping is cached; None: unknown"},
	{"contiguous", "whether a buffer of any size is physically contiguous; None: unknown"},
	{"zeroed", "whether a fresh buffer is filled with zeros; None: unknown"},
	{"coherency",
		"how sync sessions keep a buffer coherent: uncached, phys, importer, vendor, user, attachment, unknown"},
	{"max_size", "the largest size in bytes that can be asked for"},
	{NULL, NULL},
};

static PyStructSequence_Field properties_fields[] = {
	{"is_dmabuf", "whether the memory is a DMA-BUF; None: unknown"},
	{"cached", "whether the CPU's mapping is cached; None: unknown"},
	{"contiguous", "whether the memory is physically contiguous; None: unknown"},
	{"zeroed", "whether the memory was filled with zeros when it was allocated; None: unknown"},
	{"coherency",
		"how sync sessions keep the buffer coherent: uncached, phys, importer, vendor, user, attachment, unknown"},
	{"exporter", "the exporter's name of the DMA-BUF, '' if unknown"},
	{"reserved_size", "bytes that the mechanism reserved"},
	{"inode", "inode number of the DMA-BUF, 0 if unknown"},
	{"sync_is_ranged", "whether sync_for_device() and sync_for_cpu() maintain the range alone; None: unknown"},
	{"sync_granule", "bytes that CPU and devices must not share, 0: the whole DMA-BUF, or unknown"},
	{"attached_driver", "the DRM driver that is attached for coherency, '' without one"},
	{"iommu", "whether an IOMMU translates addresses for devices of this machine; None: unknown"},
	{NULL, NULL},
};

static PyStructSequence_Field address_fields[] = {
	{"address", "physical address of byte 0"},
	{"contiguous_length", "bytes from there on that are known to be contiguous"},
	{"source", "the source of the address: driver, dmabuf-ioctl, dmabuf-imx, pagemap, user"},
	{"is_pinned", "whether it is certain that the memory does not move; None: unknown"},
	{NULL, NULL},
};

static PyStructSequence_Field stats_fields[] = {
	{"used_buffers", "buffers that the program has"},
	{"idle_buffers", "buffers that wait to be given out again"},
	{"held_buffers", "idle buffers that somebody else still held at the last look"},
	{"used_bytes", "bytes of the blocks of used buffers"},
	{"idle_bytes", "bytes of the blocks of idle buffers"},
	{"peak_bytes", "the most bytes of both together so far"},
	{"wasted_bytes", "the part of used_bytes that the program has not asked for"},
	{"hits", "allocations that were given an idle buffer"},
	{"misses", "allocations of new memory"},
	{NULL, NULL},
};

static PyStructSequence_Desc info_description = {
	"imxdmabuffer.AllocatorInfo", "Facts about an allocator.", info_fields, COUNT(info_fields) - 1};
static PyStructSequence_Desc properties_description = {
	"imxdmabuffer.Properties", "Facts about a buffer.", properties_fields, COUNT(properties_fields) - 1};
static PyStructSequence_Desc address_description = {
	"imxdmabuffer.Address", "A physical address and its source.", address_fields, COUNT(address_fields) - 1};
static PyStructSequence_Desc stats_description = {
	"imxdmabuffer.PoolStats", "The counters of a pool.", stats_fields, COUNT(stats_fields) - 1};

static int add(PyObject *module, PyTypeObject **type, PyStructSequence_Desc *description)
{
	*type = PyStructSequence_NewType(description);
	return *type ? PyModule_AddType(module, *type) : -1;
}

int add_fact_types(PyObject *module, struct state *state)
{
	if (add(module, &state->allocator_info, &info_description) < 0)
		return -1;
	if (add(module, &state->properties, &properties_description) < 0)
		return -1;
	if (add(module, &state->address, &address_description) < 0)
		return -1;
	return add(module, &state->pool_stats, &stats_description);
}

static PyObject *make_fact(ImxDmaBufferTristate fact)
{
	if (fact == IMX_DMA_BUFFER_TRISTATE_UNKNOWN)
		Py_RETURN_NONE;
	return PyBool_FromLong(fact == IMX_DMA_BUFFER_TRISTATE_YES);
}

/* Make the tuple, which takes the items over. One of them is NULL if it could not be made. */
static PyObject *make_tuple(PyTypeObject *type, PyObject **items, size_t count)
{
	PyObject *tuple = PyStructSequence_New(type);

	for (size_t i = 0; i < count; i++) {
		if (tuple && items[i])
			PyStructSequence_SetItem(tuple, (Py_ssize_t)i, items[i]);
		else
			Py_XDECREF(items[i]);
		if (!items[i])
			Py_CLEAR(tuple);
	}
	return tuple;
}

PyObject *make_allocator_info(struct state const *state, ImxDmaBufferAllocatorInfo const *info)
{
	PyObject *items[] = {
		make_text(info->name),
		make_text(info->description),
		make_text(info->node),
		PyLong_FromLong(info->error),
		make_text(info->message),
		make_fact(info->is_dmabuf),
		make_fact(info->has_physical_address),
		make_fact(info->cached),
		make_fact(info->contiguous),
		make_fact(info->zeroed),
		make_text(imx_dma_buffer_coherency_name(info->coherency)),
		PyLong_FromSize_t(info->max_size),
	};

	return make_tuple(state->allocator_info, items, COUNT(items));
}

PyObject *make_properties(struct state const *state, ImxDmaBufferProperties const *properties)
{
	PyObject *items[] = {
		make_fact(properties->is_dmabuf),
		make_fact(properties->cached),
		make_fact(properties->contiguous),
		make_fact(properties->zeroed),
		make_text(imx_dma_buffer_coherency_name(properties->coherency)),
		make_text(properties->exporter),
		PyLong_FromSize_t(properties->reserved_size),
		PyLong_FromUnsignedLong(properties->inode),
		make_fact(properties->sync_is_ranged),
		PyLong_FromSize_t(properties->sync_granule),
		make_text(properties->attached_driver),
		make_fact(properties->iommu),
	};

	return make_tuple(state->properties, items, COUNT(items));
}

PyObject *make_address(struct state const *state, ImxDmaBufferAddress const *address)
{
	PyObject *items[] = {
		PyLong_FromUnsignedLong(address->address),
		PyLong_FromSize_t(address->contiguous_length),
		make_text(imx_dma_buffer_address_source_name(address->source)),
		make_fact(address->is_pinned),
	};

	return make_tuple(state->address, items, COUNT(items));
}

PyObject *make_pool_stats(struct state const *state, ImxDmaBufferPoolStats const *stats)
{
	PyObject *items[] = {
		PyLong_FromSize_t(stats->used_buffers),
		PyLong_FromSize_t(stats->idle_buffers),
		PyLong_FromSize_t(stats->held_buffers),
		PyLong_FromSize_t(stats->used_bytes),
		PyLong_FromSize_t(stats->idle_bytes),
		PyLong_FromSize_t(stats->peak_bytes),
		PyLong_FromSize_t(stats->wasted_bytes),
		PyLong_FromUnsignedLongLong(stats->hits),
		PyLong_FromUnsignedLongLong(stats->misses),
	};

	return make_tuple(state->pool_stats, items, COUNT(items));
}
