/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer list: the allocators, and the properties of each on this machine.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "output.h"
#include "variables.h"

#define MAX_ALLOCATORS 16

struct listing {
	ImxDmaBufferAllocatorInfo infos[MAX_ALLOCATORS];
	size_t count;
	/* The name of the default allocator; NULL: there is none, see default_error. */
	char const *default_name;
	char default_error[4096];
};

/* Owner and mode of a device node; empty texts without a node. */
struct owner {
	char user[64], group[64], mode[16];
};

static void look_up(char const *node, struct owner *owner)
{
	struct stat status;
	struct passwd const *user;
	struct group const *group;

	memset(owner, 0, sizeof(*owner));
	/* Without a slash, the text is the name of a library or a kind of memory. */
	if (node[0] != '/' || stat(node, &status) != 0)
		return;
	user = getpwuid(status.st_uid);
	group = getgrgid(status.st_gid);
	snprintf(owner->user, sizeof(owner->user), "%u", (unsigned int)status.st_uid);
	snprintf(owner->group, sizeof(owner->group), "%u", (unsigned int)status.st_gid);
	if (user)
		snprintf(owner->user, sizeof(owner->user), "%s", user->pw_name);
	if (group)
		snprintf(owner->group, sizeof(owner->group), "%s", group->gr_name);
	snprintf(owner->mode, sizeof(owner->mode), "%04o", (unsigned int)(status.st_mode & 07777));
}

static bool is_default(struct listing const *listing, ImxDmaBufferAllocatorInfo const *info)
{
	return listing->default_name && strcmp(listing->default_name, info->name) == 0;
}

static void set(struct row *row, int column, char const *text)
{
	snprintf(row->cell[column], sizeof(row->cell[column]), "%s", text);
}

/*
 * Is the allocator usable only by programs that need no physical address? Allocation fails for others, unless the
 * environment says that they need none. The host allocator never requires an address.
 */
static bool needs_option(ImxDmaBufferAllocatorInfo const *info)
{
	char const *policy = variable_value("IMXDMABUFFER_PHYSICAL_ADDRESS");

	return info->error == 0 && info->has_physical_address == IMX_DMA_BUFFER_TRISTATE_NO &&
		strcmp(info->name, FALLBACK_ALLOCATOR) != 0 && (!policy || strcmp(policy, "optional") != 0);
}

static void fill_row(struct row *row, struct listing const *listing, ImxDmaBufferAllocatorInfo const *info)
{
	snprintf(row->cell[0], sizeof(row->cell[0]), "%c %.32s", is_default(listing, info) ? '*' : ' ', info->name);
	set(row, 1, info->error ? "no" : needs_option(info) ? "without address" : "yes");
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
	look_up(info->node, &owner);
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
	if (needs_option(info))
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

	look_up(info->node, &owner);
	json_object_object_add(entry, "name", json_text(info->name));
	json_object_object_add(entry, "description", json_text(info->description));
	json_object_object_add(entry, "default", json_object_new_boolean(is_default(listing, info)));
	json_object_object_add(entry, "usable", json_object_new_boolean(info->error == 0));
	json_object_object_add(entry, "without_address_only", json_object_new_boolean(needs_option(info)));
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

static void find_default(struct listing *listing)
{
	ImxDmaBufferAllocator *allocator = imx_dma_buffer_allocator_new_by_name(NULL,
		IMX_DMA_BUFFER_ALLOCATOR_FLAG_NO_PHYSICAL_ADDRESS, NULL);

	if (!allocator) {
		snprintf(listing->default_error, sizeof(listing->default_error), "%s", imx_dma_buffer_get_last_error());
		return;
	}
	listing->default_name = imx_dma_buffer_allocator_get_name(allocator);
	imx_dma_buffer_allocator_destroy(allocator);
}

static int fill(struct listing *listing)
{
	char const *name;

	for (size_t i = 0; i < MAX_ALLOCATORS && (name = imx_dma_buffer_builtin_allocator_name(i)); i++) {
		listing->infos[i].struct_size = sizeof(listing->infos[i]);
		if (imx_dma_buffer_query_allocator(name, &listing->infos[i], NULL) != 0)
			return output_fail(EXIT_FAILED, "%s: %s", name, imx_dma_buffer_get_last_error());
		listing->count++;
	}
	find_default(listing);
	return EXIT_DONE;
}

int run_list(struct command const *command, int argc, char **argv)
{
	static struct listing listing;
	int json, code = read_json_option(command, argc, argv, &json);

	if (code != 0)
		return code - 1;
	code = fill(&listing);
	if (code != EXIT_DONE)
		return code;
	if (json)
		return print_json(&listing);
	print_text(&listing);
	return output_flush();
}
