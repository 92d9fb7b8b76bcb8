/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known about the buffers, as a table or as JSON.
 */
#include "alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

static bool covers(struct piece const *piece)
{
	return piece->address.contiguous_length >= imx_dma_buffer_get_size(piece->buffer);
}

/* Only page frames show that memory is scattered; other sources tell where it begins and no more. */
static ImxDmaBufferAnswer judge(struct piece const *piece)
{
	if (piece->properties.contiguous != IMX_DMA_BUFFER_UNKNOWN)
		return piece->properties.contiguous;
	if (piece->address.source == IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return IMX_DMA_BUFFER_UNKNOWN;
	if (piece->address.source == IMX_DMA_BUFFER_ADDRESS_SOURCE_PAGEMAP && !covers(piece))
		return IMX_DMA_BUFFER_NO;
	return covers(piece) ? IMX_DMA_BUFFER_YES : IMX_DMA_BUFFER_UNKNOWN;
}

static char *explain_length(struct piece const *piece)
{
	char text[160];

	snprintf(text, sizeof(text), "only the first %zu of %zu bytes are known to be contiguous",
		piece->address.contiguous_length, imx_dma_buffer_get_size(piece->buffer));
	return strdup(text);
}

/* Asking for the address may answer what was not known when the buffer was allocated. */
int inspect_buffer(struct piece *piece)
{
	bool found = imx_dma_buffer_query_physical_address(piece->buffer, &piece->address, NULL) == 0;

	if (!found)
		piece->reason = strdup(imx_dma_buffer_get_last_error());
	if (imx_dma_buffer_get_properties(piece->buffer, &piece->properties, NULL) != 0)
		return output_fail(EXIT_FAILED, "%s", imx_dma_buffer_get_last_error());
	if (imx_dma_buffer_get_name(piece->buffer, piece->name, sizeof(piece->name), NULL) != 0)
		piece->name[0] = '\0';
	piece->contiguous = judge(piece);
	piece->has_address = found && covers(piece);
	if (found && !piece->has_address)
		piece->reason = explain_length(piece);
	return EXIT_DONE;
}

/* What the buffer is, and how the CPU sees it, as far as that is known: a list, whose parts stand for themselves. */
static char const *describe_kind(struct piece const *piece, char *text, size_t room)
{
	ImxDmaBufferProperties const *properties = &piece->properties;
	size_t used;

	if (!properties->is_dmabuf)
		snprintf(text, room, "%s",
			(imx_dma_buffer_get_fd(piece->buffer) >= 0) ? "memory file, no DMA-BUF" : "no descriptor");
	else if (properties->exporter[0] != '\0')
		snprintf(text, room, "DMA-BUF of %s", properties->exporter);
	else
		snprintf(text, room, "DMA-BUF");
	used = strlen(text);
	if (properties->cached != IMX_DMA_BUFFER_UNKNOWN)
		snprintf(text + used, room - used, ", %s", (properties->cached == IMX_DMA_BUFFER_YES) ? "cached" : "uncached");
	used = strlen(text);
	if (piece->name[0] != '\0')
		snprintf(text + used, room - used, ", named \"%s\"", piece->name);
	return text;
}

/* How contiguity, and the address where there is one, is known. */
static char const *known_by(struct piece const *piece)
{
	if (piece->address.source != IMX_DMA_BUFFER_ADDRESS_SOURCE_NONE)
		return imx_dma_buffer_address_source_name(piece->address.source);
	return (piece->contiguous != IMX_DMA_BUFFER_UNKNOWN) ? "allocator" : "-";
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
	snprintf(row->cell[3], room, "%s", output_answer(piece->contiguous));
	snprintf(row->cell[4], room, "%s", known_by(piece));
	snprintf(row->cell[5], room, "-");
	if (fd >= 0)
		snprintf(row->cell[5], room, "%d", fd);
	describe_kind(piece, row->cell[6], room);
}

static char const *reason_of(struct piece const *piece)
{
	return piece->reason;
}

static char const *unpinned(struct piece const *piece)
{
	return (piece->has_address && !piece->address.is_pinned)
		? "the address holds only while nothing moves the pages: good for a look, not for a device"
		: NULL;
}

static char const *incoherent(struct piece const *piece)
{
	return (piece->properties.coherent_by_address == IMX_DMA_BUFFER_NO)
		? "caches are kept coherent for devices that attach to the DMA-BUF, not for those that take an address"
		: NULL;
}

/* One note for each run of buffers that it is true for. */
static void print_notes(struct allocation const *allocation, char const *(*note_of)(struct piece const *))
{
	for (size_t first = 0, next; first < allocation->count; first = next) {
		char const *note = note_of(&allocation->pieces[first]);
		char head[64];

		for (next = first + 1; next < allocation->count; next++) {
			char const *other = note_of(&allocation->pieces[next]);

			if ((note && other) ? strcmp(note, other) != 0 : note != other)
				break;
		}
		snprintf(head, sizeof(head), (next - first > 1) ? "  %zu-%zu: " : "  %zu: ", first, next - 1);
		if (note)
			output_wrapped(head, note);
	}
}

static void print_text(struct allocation const *allocation)
{
	static struct row const header = {{"#", "size", "address", "contiguous", "known by", "fd", "kind"}};
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
	print_notes(allocation, reason_of);
	print_notes(allocation, unpinned);
	print_notes(allocation, incoherent);
	if (allocation->request->map)
		printf("mapped and unmapped %zu\n", allocation->count);
	if (allocation->request->verify)
		printf("verified %zu: what was written reads back through another mapping\n", allocation->count);
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

static json_object *json_answer(ImxDmaBufferAnswer answer)
{
	return json_text(output_answer(answer));
}

static void add_address(json_object *entry, struct piece const *piece)
{
	ImxDmaBufferAddress const *address = &piece->address;

	json_object_object_add(entry, "physical_address", piece->has_address ? json_address(address->address) : NULL);
	json_object_object_add(entry, "physical_address_reason", json_text(piece->reason));
	json_object_object_add(entry, "address_source", json_text(imx_dma_buffer_address_source_name(address->source)));
	json_object_object_add(entry, "address_pinned",
		piece->has_address ? json_object_new_boolean(address->is_pinned) : NULL);
	json_object_object_add(entry, "contiguous", json_answer(piece->contiguous));
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
	json_object_object_add(entry, "is_dmabuf", json_object_new_boolean(properties->is_dmabuf));
	json_object_object_add(entry, "exporter", properties->exporter[0] ? json_text(properties->exporter) : NULL);
	json_object_object_add(entry, "inode",
		(properties->inode != 0) ? json_object_new_int64((int64_t)properties->inode) : NULL);
	json_object_object_add(entry, "name", piece->name[0] ? json_text(piece->name) : NULL);
	add_address(entry, piece);
	json_object_object_add(entry, "cached", json_answer(properties->cached));
	json_object_object_add(entry, "zeroed", json_answer(properties->zeroed));
	json_object_object_add(entry, "coherent_by_address", json_answer(properties->coherent_by_address));
	if (request->map)
		json_object_object_add(entry, "mapped", json_object_new_boolean(1));
	if (request->verify)
		json_object_object_add(entry, "verified", json_object_new_boolean(1));
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
