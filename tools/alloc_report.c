/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Properties of buffers, as a table or as JSON.
 */
#include "alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "imxdmabuffer/imxdmabuffer_pool.h"
#include "output.h"
#include "size.h"

/* Room for the longest generated note. */
#define NOTE_ROOM 160

/* Is the whole buffer contiguous from its address on? */
static bool covers(struct piece const *piece)
{
	return piece->address.contiguous_length >= imx_dma_buffer_get_size(piece->buffer);
}

/* Only page frames show that memory is scattered; other sources give the first address only. */
static ImxDmaBufferTristate find_contiguous(struct piece const *piece)
{
	if (piece->properties.contiguous != IMX_DMA_BUFFER_TRISTATE_UNKNOWN)
		return piece->properties.contiguous;
	if (piece->address.source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
	if (piece->address.source == IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP && !covers(piece))
		return IMX_DMA_BUFFER_TRISTATE_NO;
	return covers(piece) ? IMX_DMA_BUFFER_TRISTATE_YES : IMX_DMA_BUFFER_TRISTATE_UNKNOWN;
}

static char *explain_length(struct piece const *piece)
{
	char text[160];

	snprintf(text, sizeof(text), "only the first %zu of %zu bytes are known to be contiguous",
		piece->address.contiguous_length, imx_dma_buffer_get_size(piece->buffer));
	return strdup(text);
}

/* The address comes first: this query may find facts that were unknown after the allocation. */
int inspect_buffer(struct piece *piece)
{
	bool found;

	piece->address.struct_size = sizeof(piece->address);
	piece->properties.struct_size = sizeof(piece->properties);
	found = imx_dma_buffer_query_physical_address(piece->buffer, &piece->address, NULL) == 0;
	if (!found)
		piece->reason = strdup(imx_dma_buffer_get_last_error());
	if (imx_dma_buffer_query_properties(piece->buffer, &piece->properties, NULL) != 0)
		return output_fail(EXIT_FAILED, "%s", imx_dma_buffer_get_last_error());
	if (imx_dma_buffer_get_name(piece->buffer, piece->name, sizeof(piece->name), NULL) != 0)
		piece->name[0] = '\0';
	piece->contiguous = find_contiguous(piece);
	piece->has_address = found && covers(piece);
	if (found && !piece->has_address)
		piece->reason = explain_length(piece);
	return EXIT_DONE;
}

/* The kind of memory, and whether the CPU's mapping is cached. */
static char const *describe_kind(struct piece const *piece, char *text, size_t room)
{
	ImxDmaBufferProperties const *properties = &piece->properties;
	size_t used;

	if (properties->is_dmabuf != IMX_DMA_BUFFER_TRISTATE_YES)
		snprintf(text, room, "%s",
			(imx_dma_buffer_get_fd(piece->buffer) >= 0) ? "memory file, not a DMA-BUF" : "no descriptor");
	else if (properties->exporter[0] != '\0')
		snprintf(text, room, "DMA-BUF of %s", properties->exporter);
	else
		snprintf(text, room, "DMA-BUF");
	used = strlen(text);
	if (properties->cached != IMX_DMA_BUFFER_TRISTATE_UNKNOWN)
		snprintf(text + used, room - used, ", %s",
			(properties->cached == IMX_DMA_BUFFER_TRISTATE_YES) ? "cached" : "uncached");
	used = strlen(text);
	/* Uncached memory needs no maintenance, of ranges or anything else. */
	if (properties->sync_granule > 0 && properties->cached == IMX_DMA_BUFFER_TRISTATE_YES)
		snprintf(text + used, room - used, ", ranged sync in granules of %zu bytes", properties->sync_granule);
	used = strlen(text);
	if (piece->name[0] != '\0')
		snprintf(text + used, room - used, ", named \"%s\"", piece->name);
	return text;
}

/* The source of the address, or of the fact that the buffer is contiguous. */
static char const *known_by(struct piece const *piece)
{
	if (piece->address.source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return imx_dma_buffer_address_source_name(piece->address.source);
	return (piece->contiguous != IMX_DMA_BUFFER_TRISTATE_UNKNOWN) ? "allocator" : "-";
}

static void fill_row(struct row *row, struct piece const *piece, size_t number)
{
	int fd = imx_dma_buffer_get_fd(piece->buffer);
	size_t room = sizeof(row->cell[0]);

	snprintf(row->cell[0], room, "%zu", number);
	snprintf(row->cell[1], room, "%zu", imx_dma_buffer_get_size(piece->buffer));
	snprintf(row->cell[2], room, "unknown");
	if (piece->has_address)
		snprintf(row->cell[2], room, "%" IMX_PHYSICAL_ADDRESS_FORMAT, piece->address.address);
	snprintf(row->cell[3], room, "%s", output_tristate(piece->contiguous));
	snprintf(row->cell[4], room, "%s", known_by(piece));
	snprintf(row->cell[5], room, "-");
	if (fd >= 0)
		snprintf(row->cell[5], room, "%d", fd);
	snprintf(row->cell[6], room, "%s", imx_dma_buffer_coherency_name(piece->properties.coherency));
}

/* Text about a buffer, which may be written to `room`, or NULL. */
typedef char const *note_function(struct piece const *piece, char room[NOTE_ROOM]);

static char const *kind(struct piece const *piece, char room[NOTE_ROOM])
{
	return describe_kind(piece, room, NOTE_ROOM);
}

static char const *reason(struct piece const *piece, char room[NOTE_ROOM])
{
	(void)room;
	return piece->reason;
}

static char const *unpinned(struct piece const *piece, char room[NOTE_ROOM])
{
	(void)room;
	return (piece->has_address && piece->address.is_pinned != IMX_DMA_BUFFER_TRISTATE_YES)
		? "the kernel may move the pages: the address is for inspection only; do not give it to a device"
		: NULL;
}

static char const *importer(struct piece const *piece, char room[NOTE_ROOM])
{
	(void)room;
	return (piece->properties.coherency == IMX_DMA_BUFFER_COHERENCY_IMPORTER)
		? "sync sessions serve devices that are attached to the DMA-BUF, not devices that are given an address"
		: NULL;
}

static char const *attached(struct piece const *piece, char room[NOTE_ROOM])
{
	if (piece->properties.coherency != IMX_DMA_BUFFER_COHERENCY_ATTACHMENT)
		return NULL;
	snprintf(room, NOTE_ROOM, "a device of the driver %s stays attached, so that sync sessions serve all devices",
		piece->properties.attached_driver);
	return room;
}

static char const *iommu(struct piece const *piece, char room[NOTE_ROOM])
{
	(void)room;
	return (piece->has_address && piece->properties.iommu == IMX_DMA_BUFFER_TRISTATE_YES)
		? "an IOMMU translates addresses here: devices behind it need the DMA-BUF, not the address"
		: NULL;
}

/* Print one note for each run of buffers with the same text. */
static void print_notes(struct allocation const *allocation, note_function *note_of)
{
	for (size_t first = 0, next; first < allocation->count; first = next) {
		char room[2][NOTE_ROOM], head[64];
		char const *note = note_of(&allocation->pieces[first], room[0]);

		for (next = first + 1; next < allocation->count; next++) {
			char const *other = note_of(&allocation->pieces[next], room[1]);

			if ((note && other) ? strcmp(note, other) != 0 : note != other)
				break;
		}
		snprintf(head, sizeof(head), (next - first > 1) ? "  %zu-%zu: " : "  %zu: ", first, next - 1);
		if (note)
			output_wrapped(head, note);
	}
}

/* Print the size of a pool, and the part that its size classes add. */
static void print_pool(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};
	char size[2][SIZE_TEXT];

	if (imx_dma_buffer_pool_get_stats(allocator, &stats, NULL) == 0)
		printf("pool: %s in use, of which %s were not asked for\n", size_text(stats.used_bytes, size[0]),
			size_text(stats.wasted_bytes, size[1]));
}

static void print_text(struct allocation const *allocation)
{
	static struct row const header = {{"#", "size", "address", "contiguous", "known by", "fd", "coherency"}};
	struct table table = {.columns = 7};
	struct row row;

	printf("allocator: %s\n", imx_dma_buffer_allocator_get_name(allocation->allocator));
	table_measure(&table, &header);
	for (size_t i = 0; i < allocation->count; i++) {
		fill_row(&row, &allocation->pieces[i], i);
		table_measure(&table, &row);
	}
	table_print(&table, &header);
	for (size_t i = 0; i < allocation->count; i++) {
		fill_row(&row, &allocation->pieces[i], i);
		table_print(&table, &row);
	}
	print_notes(allocation, kind);
	print_notes(allocation, reason);
	print_notes(allocation, unpinned);
	print_notes(allocation, importer);
	print_notes(allocation, attached);
	print_notes(allocation, iommu);
	print_pool(allocation->allocator);
	if (allocation->request->map)
		printf("mapped and unmapped %zu\n", allocation->count);
	if (allocation->request->verify)
		printf("verified %zu: written data reads back through another mapping\n", allocation->count);
}

static json_object *json_address(imx_physical_address_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "%" IMX_PHYSICAL_ADDRESS_FORMAT, address);
	return json_text(text);
}

static json_object *json_size(size_t size)
{
	return json_object_new_int64((int64_t)size);
}

static void add_address(json_object *entry, struct piece const *piece)
{
	ImxDmaBufferAddress const *address = &piece->address;

	json_object_object_add(entry, "physical_address", piece->has_address ? json_address(address->address) : NULL);
	json_object_object_add(entry, "physical_address_reason", json_text(piece->reason));
	json_object_object_add(entry, "address_source", json_text(imx_dma_buffer_address_source_name(address->source)));
	json_object_object_add(entry, "address_pinned", piece->has_address ? json_tristate(address->is_pinned) : NULL);
	json_object_object_add(entry, "contiguous", json_text(output_tristate(piece->contiguous)));
	json_object_object_add(entry, "contiguous_length", json_size(address->contiguous_length));
}

static json_object *json_piece(struct allocation const *allocation, struct piece const *piece)
{
	ImxDmaBufferProperties const *properties = &piece->properties;
	struct request const *request = allocation->request;
	json_object *entry = json_object_new_object();
	int fd = imx_dma_buffer_get_fd(piece->buffer);

	json_object_object_add(entry, "size", json_size(imx_dma_buffer_get_size(piece->buffer)));
	json_object_object_add(entry, "reserved_size", json_size(properties->reserved_size));
	json_object_object_add(entry, "alignment", json_size(request->alignment));
	json_object_object_add(entry, "allocator", json_text(imx_dma_buffer_allocator_get_name(allocation->allocator)));
	json_object_object_add(entry, "fd", (fd >= 0) ? json_object_new_int(fd) : NULL);
	json_object_object_add(entry, "is_dmabuf", json_tristate(properties->is_dmabuf));
	json_object_object_add(entry, "exporter", json_text_or_null(properties->exporter));
	json_object_object_add(entry, "inode",
		(properties->inode != 0) ? json_object_new_int64((int64_t)properties->inode) : NULL);
	json_object_object_add(entry, "name", json_text_or_null(piece->name));
	add_address(entry, piece);
	json_object_object_add(entry, "cached", json_text(output_tristate(properties->cached)));
	json_object_object_add(entry, "zeroed", json_text(output_tristate(properties->zeroed)));
	json_object_object_add(entry, "coherency", json_text(imx_dma_buffer_coherency_name(properties->coherency)));
	json_object_object_add(entry, "sync_is_ranged", json_text(output_tristate(properties->sync_is_ranged)));
	json_object_object_add(entry, "sync_granule", json_size(properties->sync_granule));
	json_object_object_add(entry, "attached_driver", json_text_or_null(properties->attached_driver));
	json_object_object_add(entry, "iommu", json_text(output_tristate(properties->iommu)));
	if (request->map)
		json_object_object_add(entry, "mapped", json_object_new_boolean(1));
	if (request->verify)
		json_object_object_add(entry, "verified", json_object_new_boolean(1));
	return entry;
}

/* Return null if the allocator is no pool. */
static json_object *json_pool(ImxDmaBufferAllocator *allocator)
{
	ImxDmaBufferPoolStats stats = {.struct_size = sizeof(stats)};
	json_object *entry;

	if (imx_dma_buffer_pool_get_stats(allocator, &stats, NULL) != 0)
		return NULL;
	entry = json_object_new_object();
	json_object_object_add(entry, "used_bytes", json_size(stats.used_bytes));
	json_object_object_add(entry, "wasted_bytes", json_size(stats.wasted_bytes));
	return entry;
}

static int print_json(struct allocation const *allocation)
{
	json_object *document = json_document(), *buffers = json_object_new_array();
	char const *name = imx_dma_buffer_allocator_get_name(allocation->allocator);

	for (size_t i = 0; i < allocation->count; i++)
		json_object_array_add(buffers, json_piece(allocation, &allocation->pieces[i]));
	json_object_object_add(document, "allocator", json_text(name));
	json_object_object_add(document, "fallback_reason", json_text(allocation->fallback_reason));
	json_object_object_add(document, "pool", json_pool(allocation->allocator));
	json_object_object_add(document, "buffers", buffers);
	return output_json(document);
}

int report_buffers(struct allocation const *allocation)
{
	if (allocation->request->json)
		return print_json(allocation);
	print_text(allocation);
	return output_flush();
}
