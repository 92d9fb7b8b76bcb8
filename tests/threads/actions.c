/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "imxdmabuffer/imxdmabuffer_ipc.h"
#include "imxdmabuffer/imxdmabuffer_config.h"

#include "allocators.h"
#include "threads.h"
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_dma_heap_allocator.h"
#endif
#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_dwl_allocator.h"
#endif
#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_g2d_allocator.h"
#endif
#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_ion_allocator.h"
#endif
#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_ipu_allocator.h"
#endif
#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
#include "imxdmabuffer/imxdmabuffer_pxp_allocator.h"
#endif

#define READ IMX_DMA_BUFFER_MAPPING_FLAG_READ
#define MANUAL IMX_DMA_BUFFER_MAPPING_FLAG_MANUAL_SYNC

static void own_buffer(struct worker *worker)
{
	uint32_t seed = next_random(worker);
	size_t size = 1 + seed % 30000;
	ImxDmaBuffer *buffer = imx_dma_buffer_allocate(shared.allocator, size, 1, NULL);
	uint8_t *address = imx_dma_buffer_map(buffer, 0, NULL);

	expect(worker, buffer && address);
	expect(worker, imx_dma_buffer_get_size(buffer) == size);
	imx_dma_buffer_get_physical_address(buffer);
	if (address) {
		fill(address, size, seed);
		imx_dma_buffer_unmap(buffer);
		address = imx_dma_buffer_map(buffer, READ, NULL);
		expect(worker, address && holds(address, size, seed));
	}
	if (seed & 1)
		imx_dma_buffer_unmap(buffer);
	imx_dma_buffer_deallocate(buffer);
}

/* All threads map and unmap the buffer, so the mapping comes and goes. Each writes to its own slice. */
static void shared_buffer(struct worker *worker)
{
	uint32_t seed = next_random(worker);
	uint8_t *address = imx_dma_buffer_map(shared.buffer, 0, NULL);
	size_t part = worker->number * PART;

	expect(worker, address);
	if (!address)
		return;
	fill(address + part, PART, seed);
	expect(worker, imx_dma_buffer_map(shared.buffer, READ, NULL) == address);
	imx_dma_buffer_unmap(shared.buffer);
	expect(worker, holds(address + part, PART, seed));
	imx_dma_buffer_unmap(shared.buffer);
	address = imx_dma_buffer_map(shared.buffer, 0, NULL);
	expect(worker, address && holds(address + part, PART, seed));
	imx_dma_buffer_unmap(shared.buffer);
}

static void shared_sessions(struct worker *worker)
{
	uint8_t *address = imx_dma_buffer_map(shared.manual, MANUAL, NULL);

	expect(worker, address);
	imx_dma_buffer_start_sync_session(shared.manual);
	imx_dma_buffer_stop_sync_session(shared.manual);
	imx_dma_buffer_unmap(shared.manual);
}

/* Each thread has its own bytes; the calls may maintain those of others. */
static void shared_ranges(struct worker *worker)
{
	ImxDmaBufferRange range = {next_random(worker) % SHARED_SIZE, 1};

	expect(worker, imx_dma_buffer_map(shared.manual, MANUAL, NULL));
	expect(worker, imx_dma_buffer_sync_for_device(shared.manual, &range, 1, IMX_DMA_BUFFER_TO_DEVICE, NULL) == 0);
	expect(worker, imx_dma_buffer_sync_for_cpu(shared.manual, &range, 1, IMX_DMA_BUFFER_FROM_DEVICE, NULL) == 0);
	imx_dma_buffer_unmap(shared.manual);
}

static void shared_getters(struct worker *worker)
{
	expect(worker, imx_dma_buffer_get_size(shared.buffer) == SHARED_SIZE);
	imx_dma_buffer_get_physical_address(shared.buffer);
	expect(worker, imx_dma_buffer_get_fd(shared.buffer) != 0);
}

static void questions(struct worker *worker)
{
	ImxDmaBufferProperties properties = {.struct_size = sizeof(properties)};
	ImxDmaBufferAddress address = {.struct_size = sizeof(address)};

	expect(worker, imx_dma_buffer_query_properties(shared.manual, &properties, NULL) == 0);
	expect(worker, properties.reserved_size >= SHARED_SIZE);
	if (imx_dma_buffer_query_physical_address(shared.manual, &address, NULL) == 0)
		expect(worker, imx_dma_buffer_address_source_name(address.source));
}

/* A duplicated and imported descriptor is the same memory. */
static void export_and_import(struct worker *worker)
{
	size_t offset = 0;
	int fd = imx_dma_buffer_export_fd(shared.manual, &offset, NULL);
	ImxDmaBuffer *import;

	expect(worker, fd != 0);
	if (fd < 0)
		return;
	import = imx_dma_buffer_import_dmabuf(fd, 0, 0, NULL);
	imx_dma_buffer_get_physical_address_from_dmabuf_fd(fd, NULL);
	close(fd);
	if (!import)
		return;
	/* Most boards have no render node. */
	imx_dma_buffer_attach_device(import, NULL);
	expect(worker, imx_dma_buffer_map(import, READ, NULL));
	expect(worker, imx_dma_buffer_get_size(import) >= SHARED_SIZE);
	imx_dma_buffer_deallocate(import);
}

/* All threads name the same buffer, and send it to themselves. */
static void names_and_passing(struct worker *worker)
{
	char name[IMX_DMA_BUFFER_NAME_SIZE];
	ImxDmaBuffer *arrived = NULL;
	int pair[2];

	imx_dma_buffer_set_name(shared.manual, "threads", NULL);
	imx_dma_buffer_get_name(shared.manual, name, sizeof(name), NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	if (imx_dma_buffer_send(shared.manual, pair[0], NULL) == 0) {
		arrived = imx_dma_buffer_receive(pair[1], NULL);
		expect(worker, arrived);
		expect(worker, imx_dma_buffer_get_size(arrived) == SHARED_SIZE);
	}
	imx_dma_buffer_deallocate(arrived);
	close(pair[0]);
	close(pair[1]);
}

static void own_wrapped(struct worker *worker)
{
	ImxWrappedDmaBuffer *wrapped = &worker->wrapped;
	uint32_t seed = next_random(worker);

	if (shared.copy < 0)
		return;
	imx_dma_buffer_init_wrapped_buffer(wrapped);
	wrapped->fd = shared.copy;
	wrapped->size = SHARED_SIZE;
	expect(worker, imx_dma_buffer_map(&wrapped->parent, READ, NULL));
	if (seed & 1)
		expect(worker, imx_dma_buffer_map(&wrapped->parent, 0, NULL) == NULL);
	imx_dma_buffer_unmap(&wrapped->parent);
	expect(worker, imx_dma_buffer_map(&wrapped->parent, MANUAL, NULL));
	imx_dma_buffer_start_sync_session(&wrapped->parent);
	imx_dma_buffer_stop_sync_session(&wrapped->parent);
	if (seed & 2)
		imx_dma_buffer_deallocate(&wrapped->parent);
}

static void shared_wrapped(struct worker *worker)
{
	ImxDmaBuffer *buffer = &shared.wrapped.parent;
	uint32_t seed = next_random(worker);
	size_t part = worker->number * PART;
	uint8_t *address;

	if (shared.wrapped.fd < 0)
		return;
	address = imx_dma_buffer_map(buffer, 0, NULL);
	expect(worker, address);
	if (!address)
		return;
	fill(address + part, PART, seed);
	expect(worker, imx_dma_buffer_map(buffer, READ, NULL) == address);
	imx_dma_buffer_unmap(buffer);
	expect(worker, holds(address + part, PART, seed));
	imx_dma_buffer_unmap(buffer);
}

/* Allocators that are destroyed with live buffers, mapped and not. */
static void allocators(struct worker *worker)
{
	ImxDmaBufferAllocator *allocator = new_allocator_of_board(shared.name, shared.policy, next_random(worker) & 1,
		NULL);

	expect(worker, allocator && imx_dma_buffer_allocator_get_name(allocator));
	expect(worker, imx_dma_buffer_map(imx_dma_buffer_allocate(allocator, 5000, 1, NULL), 0, NULL));
	expect(worker, imx_dma_buffer_allocate(allocator, 5000, 1, NULL));
	imx_dma_buffer_allocator_destroy(allocator);
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_allocator_new(NULL));
}

static void list(struct worker *worker)
{
	ImxDmaBufferAllocatorInfo info = {.struct_size = sizeof(info)};

	for (size_t i = 0; imx_dma_buffer_builtin_allocator_name(i); i++)
		expect(worker, imx_dma_buffer_query_allocator(imx_dma_buffer_builtin_allocator_name(i), &info, NULL) == 0);
	expect(worker, imx_dma_buffer_allocator_get_info(shared.allocator, &info, NULL) == 0);
}

#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
static void dma_heap(struct worker *worker)
{
	int const heap = imx_dma_buffer_dma_heap_allocator_get_dma_heap_fd(shared.allocator);
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_dma_heap_allocator_new(heap, 0, O_RDWR | O_CLOEXEC, NULL);
	int fd = imx_dma_buffer_dma_heap_allocate_dmabuf(heap, 4096, 0, O_RDWR | O_CLOEXEC, NULL);

	imx_dma_buffer_dma_heap_get_physical_address_from_dmabuf_fd(fd, NULL);
	expect(worker, (heap < 0) == (fd < 0));
	if (fd >= 0)
		close(fd);
	imx_dma_buffer_allocator_destroy(allocator);
	allocator = imx_dma_buffer_dma_heap_allocator_new_from_fd(heap, 0, O_RDWR | O_CLOEXEC, 0);
	expect(worker, (heap < 0) == !allocator);
	imx_dma_buffer_allocator_destroy(allocator);
}
#endif

/* These fail on boards without the kind, which is fine. */
static void kinds(struct worker *worker)
{
#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
	int const client = imx_dma_buffer_ion_allocator_get_ion_fd(shared.allocator);
	int fd = imx_dma_buffer_ion_allocate_dmabuf(client, 4096, 1, 1, 0, NULL);

	expect(worker, fd != 0);
	imx_dma_buffer_ion_get_physical_address_from_dmabuf_fd(client, fd, NULL);
	if (fd > 0)
		close(fd);
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_ion_allocator_new(-1, 1, 0, NULL));
#endif
#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_dwl_allocator_new(NULL));
#endif
#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_g2d_allocator_new());
#endif
#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_pxp_allocator_new(-1, NULL));
#endif
}

#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
/* Exported, but in no header. */
extern imx_physical_address_t imx_dma_buffer_ipu_allocate(int ipu_fd, size_t size, int *error);
extern void imx_dma_buffer_ipu_deallocate(int ipu_fd, imx_physical_address_t physical_address);

static void ipu(struct worker *worker)
{
	int error = 0;
	imx_physical_address_t address = imx_dma_buffer_ipu_allocate(shared.ipu, 8192, &error);

	expect(worker, (address == 0) == (error > 0));
	if (address != 0)
		imx_dma_buffer_ipu_deallocate(shared.ipu, address);
	imx_dma_buffer_allocator_destroy(imx_dma_buffer_ipu_allocator_new(-1, NULL));
}
#endif

/* Each thread has its own error. */
static void errors(struct worker *worker)
{
	char name[24];
	int error = 0;

	snprintf(name, sizeof(name), "nothing-%u", worker->number);
	expect(worker, !imx_dma_buffer_allocator_new_by_name(name, 0, &error) && error == EINVAL);
	expect(worker, !imx_dma_buffer_map(NULL, 0, NULL));
	expect(worker, !imx_dma_buffer_allocator_new_by_name(name, 0, NULL));
	own_buffer(worker);
	expect(worker, strstr(imx_dma_buffer_get_last_error(), name));
	expect(worker, !imx_dma_buffer_allocate(shared.allocator, 0, 1, &error) && error == EINVAL);
}

static _Atomic unsigned long messages;

static void count_message(void *user_data, ImxDmaBufferLogLevel level, char const *message)
{
	if (user_data == &shared && message)
		messages++;
}

static void log_handler(struct worker *worker)
{
	bool on = next_random(worker) & 1;

	imx_dma_buffer_set_log_handler(on ? count_message : NULL, on ? &shared : NULL,
		(ImxDmaBufferLogLevel)(1 + next_random(worker) % 4));
}

static void constants(struct worker *worker)
{
	expect(worker, strcmp(imx_dma_buffer_get_version(), IMXDMABUFFER_VERSION) == 0);
	expect(worker, strcmp(imx_dma_buffer_coherency_name(IMX_DMA_BUFFER_COHERENCY_PHYS), "phys") == 0);
}

struct action const actions[] = {
	{"own buffer", own_buffer},
	{"pool", use_pool},
	{"views", use_views},
	{"slab", use_slab},
	{"fences", use_fences},
	{"shared buffer", shared_buffer},
	{"shared buffer", shared_buffer},
	{"shared sessions", shared_sessions},
	{"shared ranges", shared_ranges},
	{"shared getters", shared_getters},
	{"questions", questions},
	{"export and import", export_and_import},
	{"names and passing", names_and_passing},
	{"own wrapped", own_wrapped},
	{"shared wrapped", shared_wrapped},
	{"allocators", allocators},
	{"list", list},
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
	{"dma-heap", dma_heap},
#endif
	{"kinds", kinds},
#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
	{"ipu", ipu},
#endif
	{"errors", errors},
	{"log handler", log_handler},
	{"constants", constants},
};
size_t const num_actions = sizeof(actions) / sizeof(actions[0]);
