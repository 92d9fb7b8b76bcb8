/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer list: the allocators, and the properties of each on this machine.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "listing.h"
#include "output.h"
#include "variables.h"

static void set(struct row *row, int column, char const *text)
{
	snprintf(row->cell[column], sizeof(row->cell[column]), "%s", text);
}

static void fill_row(struct row *row, struct listing const *listing, ImxDmaBufferAllocatorInfo const *info)
{
	snprintf(row->cell[0], sizeof(row->cell[0]), "%c %.32s", listing_is_default(listing, info) ? '*' : ' ', info->name);
	set(row, 1, info->error ? "no" : listing_needs_option(info) ? "without address" : "yes");
	set(row, 2, info->error ? "-" : output_tristate(info->is_dmabuf));
	set(row, 3, info->error ? "-" : output_tristate(info->has_physical_address));
	set(row, 4, info->error ? "-" : output_tristate(info->cached));
	set(row, 5, info->error ? "-" : imx_dma_buffer_coherency_name(info->coherency));
}

static void print_node(ImxDmaBufferAllocatorInfo const *info)
{
	char text[sizeof(info->node) + sizeof(struct owner) + 16];
	struct owner owner;

	if (info->node[0] == '\0')
		return;
	listing_owner(info->node, &owner);
	snprintf(text, sizeof(text), "%s", info->node);
	if (owner.mode[0] != '\0')
		snprintf(text, sizeof(text), "%s, %s:%s, mode %s", info->node, owner.user, owner.group, owner.mode);
	output_wrapped((info->node[0] == '/') ? "    node: " : "    library: ", text);
}

static void print_entry(struct table const *table, struct listing const *listing, ImxDmaBufferAllocatorInfo const *info)
{
	struct row row;

	fill_row(&row, listing, info);
	table_print(table, &row);
	if (info->error) {
		/* The message contains the node. */
		output_wrapped("    not usable: ", info->message);
		return;
	}
	print_node(info);
	if (info->message[0] != '\0')
		output_wrapped("    no address: ", info->message);
	if (listing_needs_option(info))
		output_wrapped("    remedy: ",
			"if no device needs the address, set IMXDMABUFFER_PHYSICAL_ADDRESS=optional for the default allocator, or "
			"use IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS (imxdmabuffer alloc --no-physical-address)");
	if (info->coherency == IMX_DMA_BUFFER_COHERENCY_IMPORTER)
		output_wrapped("    importer: ",
			"sync sessions serve devices that are attached to the DMA-BUF; devices that are given the physical address "
			"may see stale data, because the memory is cached and this kernel has no DMA_BUF_IOCTL_PHYS");
}

/* The lines of the allocators give all reasons already, if none but host is usable and the environment chose none. */
static bool needs_reason(struct listing const *listing)
{
	bool usable = false;

	for (size_t i = 0; i < listing->count; i++)
		usable |= listing->infos[i].error == 0 && strcmp(listing->infos[i].name, FALLBACK_ALLOCATOR) != 0;
	return usable || variable_value("IMXDMABUFFER_ALLOCATOR");
}

static void print_text(struct listing const *listing)
{
	static struct row const head = {{"  allocator", "usable", "DMA-BUF", "address", "cached", "coherency"}};
	struct table table = {.columns = 6};
	struct row row;

	table_measure(&table, &head);
	for (size_t i = 0; i < listing->count; i++) {
		fill_row(&row, listing, &listing->infos[i]);
		table_measure(&table, &row);
	}
	table_print(&table, &head);
	for (size_t i = 0; i < listing->count; i++)
		print_entry(&table, listing, &listing->infos[i]);
	if (listing->default_name)
		puts("* the default");
	else if (needs_reason(listing))
		output_wrapped("no default: ", listing->default_error);
	else
		puts("no default: no allocator of a board is usable");
}

static json_object *json_max_size(ImxDmaBufferAllocatorInfo const *info)
{
	return (info->max_size == SIZE_MAX) ? NULL : json_object_new_int64((int64_t)info->max_size);
}

/* The properties of buffers are unknown if the allocator is not usable. */
static void add_properties(json_object *entry, ImxDmaBufferAllocatorInfo const *info)
{
	bool usable = info->error == 0;

	json_object_object_add(entry, "dmabuf", usable ? json_tristate(info->is_dmabuf) : NULL);
	json_object_object_add(entry, "physical_address", usable ? json_tristate(info->has_physical_address) : NULL);
	json_object_object_add(entry, "physical_address_reason", usable ? json_text_or_null(info->message) : NULL);
	json_object_object_add(entry, "cached", usable ? json_tristate(info->cached) : NULL);
	json_object_object_add(entry, "contiguous", usable ? json_tristate(info->contiguous) : NULL);
	json_object_object_add(entry, "zeroed", usable ? json_tristate(info->zeroed) : NULL);
	json_object_object_add(entry, "coherency",
		usable ? json_text(imx_dma_buffer_coherency_name(info->coherency)) : NULL);
	json_object_object_add(entry, "max_size", usable ? json_max_size(info) : NULL);
}

static json_object *json_entry(struct listing const *listing, ImxDmaBufferAllocatorInfo const *info)
{
	json_object *entry = json_object_new_object();
	struct owner owner;

	listing_owner(info->node, &owner);
	json_object_object_add(entry, "name", json_text(info->name));
	json_object_object_add(entry, "description", json_text(info->description));
	json_object_object_add(entry, "default", json_object_new_boolean(listing_is_default(listing, info)));
	json_object_object_add(entry, "usable", json_object_new_boolean(info->error == 0));
	json_object_object_add(entry, "without_address_only", json_object_new_boolean(listing_needs_option(info)));
	json_object_object_add(entry, "reason", info->error ? json_text(info->message) : NULL);
	json_object_object_add(entry, "errno", json_object_new_int(info->error));
	json_object_object_add(entry, "errno_name", info->error ? json_text(output_errno_name(info->error)) : NULL);
	json_object_object_add(entry, "node", json_text_or_null(info->node));
	json_object_object_add(entry, "node_owner", json_text_or_null(owner.user));
	json_object_object_add(entry, "node_group", json_text_or_null(owner.group));
	json_object_object_add(entry, "node_mode", json_text_or_null(owner.mode));
	add_properties(entry, info);
	return entry;
}

static int print_json(struct listing const *listing)
{
	json_object *document = json_document(), *entries = json_object_new_array();

	for (size_t i = 0; i < listing->count; i++)
		json_object_array_add(entries, json_entry(listing, &listing->infos[i]));
	json_object_object_add(document, "allocators", entries);
	json_object_object_add(document, "default", json_text(listing->default_name));
	json_object_object_add(document, "default_reason", json_text_or_null(listing->default_error));
	return output_json(document);
}

int run_list(struct command const *command, int argc, char **argv)
{
	static struct listing listing;
	int json, code = read_json_option(command, argc, argv, &json);

	if (code != 0)
		return code - 1;
	code = listing_fill(&listing);
	if (code != EXIT_DONE)
		return code;
	if (json)
		return print_json(&listing);
	print_text(&listing);
	return output_flush();
}
