/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer list: the allocators, and what each can do here.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "output.h"

/* Who owns a device node, and who may open it. Empty texts where there is no node. */
struct owner {
	char user[64], group[64], mode[16];
};

static void look_up(char const *node, struct owner *owner)
{
	struct stat status;
	struct passwd const *user;
	struct group const *group;

	memset(owner, 0, sizeof(*owner));
	/* What is no path is a library's name, or a variant. */
	if (!node || node[0] != '/' || stat(node, &status) != 0)
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

static char const *capability(ImxDmaBufferAllocatorInfo const *info, unsigned int bit)
{
	return info->error ? "-" : (info->capabilities & bit) ? "yes" : "no";
}

static void set(struct row *row, int column, char const *text)
{
	snprintf(row->cell[column], sizeof(row->cell[column]), "%s", text);
}

static void fill_row(struct row *row, ImxDmaBufferAllocatorInfo const *info)
{
	struct owner owner;

	look_up(info->node, &owner);
	snprintf(row->cell[0], sizeof(row->cell[0]), "%c %.100s", info->is_default ? '*' : ' ', info->name);
	set(row, 1, info->error ? "no" : "yes");
	set(row, 2, info->node ? info->node : "-");
	set(row, 3, "-");
	if (owner.user[0] != '\0')
		snprintf(row->cell[3], sizeof(row->cell[3]), "%s:%s", owner.user, owner.group);
	set(row, 4, (owner.mode[0] != '\0') ? owner.mode : "-");
	set(row, 5, capability(info, IMX_DMA_BUFFER_CAPABILITY_DMABUF));
	set(row, 6, capability(info, IMX_DMA_BUFFER_CAPABILITY_PHYSICAL_ADDRESS));
	set(row, 7, capability(info, IMX_DMA_BUFFER_CAPABILITY_CACHED));
}

static void print_text(ImxDmaBufferAllocatorInfo const *list, size_t count)
{
	static struct row const head = {{"  allocator", "usable", "node", "owner", "mode", "DMA-BUF", "address", "cached"}};
	struct table table = {.columns = TABLE_COLUMNS};
	struct row row;
	bool has_default = false;

	table_measure(&table, &head);
	for (size_t i = 0; i < count; i++) {
		fill_row(&row, &list[i]);
		table_measure(&table, &row);
		has_default |= list[i].is_default != 0;
	}
	table_print(&table, &head);
	for (size_t i = 0; i < count; i++) {
		fill_row(&row, &list[i]);
		table_print(&table, &row);
		if (list[i].reason)
			output_wrapped("      not usable: ", list[i].reason);
		else if (list[i].address_reason)
			output_wrapped("      no address: ", list[i].address_reason);
		if (!list[i].error && list[i].coherent_by_address == IMX_DMA_BUFFER_NO)
			output_wrapped("      not coherent: ",
				"the memory is cached, and this kernel has no DMA_BUF_IOCTL_PHYS: sync sessions serve devices that are "
				"attached to the DMA-BUF, and not those that are given the physical address");
	}
	puts(has_default ? "* the default" : "There is no default allocator: none that is chosen by itself is usable.");
}

/* What a buffer can do is unknown where there is none. */
static json_object *json_capability(ImxDmaBufferAllocatorInfo const *info, unsigned int bit)
{
	return info->error ? NULL : json_object_new_boolean((info->capabilities & bit) != 0);
}

static void add_capabilities(json_object *entry, ImxDmaBufferAllocatorInfo const *info)
{
	static struct {
		char const *name;
		unsigned int bit;
	} const names[] = {
		{"dmabuf", IMX_DMA_BUFFER_CAPABILITY_DMABUF},
		{"physical_address", IMX_DMA_BUFFER_CAPABILITY_PHYSICAL_ADDRESS},
		{"cached", IMX_DMA_BUFFER_CAPABILITY_CACHED},
		{"contiguous", IMX_DMA_BUFFER_CAPABILITY_CONTIGUOUS},
		{"zeroed", IMX_DMA_BUFFER_CAPABILITY_ZEROED},
		{"sizes_32bit", IMX_DMA_BUFFER_CAPABILITY_SIZES_32BIT},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_object_add(entry, names[i].name, json_capability(info, names[i].bit));
	json_object_object_add(entry, "physical_address_reason", json_text(info->address_reason));
	json_object_object_add(entry, "coherent_by_address",
		info->error ? NULL : json_text(output_answer(info->coherent_by_address)));
}

static json_object *json_or_null(char const *text)
{
	return (text[0] != '\0') ? json_text(text) : NULL;
}

static json_object *json_entry(ImxDmaBufferAllocatorInfo const *info)
{
	json_object *entry = json_object_new_object();
	struct owner owner;

	look_up(info->node, &owner);
	json_object_object_add(entry, "name", json_text(info->name));
	json_object_object_add(entry, "description", json_text(info->description));
	json_object_object_add(entry, "default", json_object_new_boolean(info->is_default));
	json_object_object_add(entry, "usable", json_object_new_boolean(info->error == 0));
	json_object_object_add(entry, "reason", json_text(info->reason));
	json_object_object_add(entry, "errno", json_object_new_int(info->error));
	json_object_object_add(entry, "errno_name", info->error ? json_text(output_errno_name(info->error)) : NULL);
	json_object_object_add(entry, "node", json_text(info->node));
	json_object_object_add(entry, "node_owner", json_or_null(owner.user));
	json_object_object_add(entry, "node_group", json_or_null(owner.group));
	json_object_object_add(entry, "node_mode", json_or_null(owner.mode));
	add_capabilities(entry, info);
	return entry;
}

static int print_json(ImxDmaBufferAllocatorInfo const *list, size_t count)
{
	json_object *document = json_document(), *entries = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(entries, json_entry(&list[i]));
	json_object_object_add(document, "allocators", entries);
	return output_json(document);
}

static int run(int argc, char **argv)
{
	ImxDmaBufferAllocatorInfo *list;
	size_t count = 0;
	int json, code = read_json_option(&list_command, argc, argv, &json);

	if (code != 0)
		return code - 1;
	list = imx_dma_buffer_list_allocators(&count, NULL);
	if (!list)
		return output_fail(EXIT_FAILED, "%s", imx_dma_buffer_get_last_error());
	if (json)
		code = print_json(list, count);
	else
		print_text(list, count);
	imx_dma_buffer_free_allocator_list(list);
	return json ? code : output_flush();
}

struct command const list_command = {
	.name = "list",
	.summary = "the allocators in the order in which they are tried, and why some are not usable",
	.usage = "[--json]",
	.help = "Lists the allocators that are built in. Each is opened and asked for one page, which is freed at once.\n"
			"The default is marked with an asterisk.\n"
			"\n"
			"  --json  print a JSON document\n"
			"  --help  print this\n"
			"\n"
			"Exits with 0 also where no allocator is usable.\n",
	.options = json_options,
	.run = run,
};
