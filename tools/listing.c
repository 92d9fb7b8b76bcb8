/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listing.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "output.h"
#include "variables.h"

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

int listing_fill(struct listing *listing)
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

bool listing_is_default(struct listing const *listing, ImxDmaBufferAllocatorInfo const *info)
{
	return listing->default_name && strcmp(listing->default_name, info->name) == 0;
}

bool listing_needs_option(ImxDmaBufferAllocatorInfo const *info)
{
	char const *policy = variable_value("IMXDMABUFFER_PHYSICAL_ADDRESS");

	return info->error == 0 && info->has_physical_address == IMX_DMA_BUFFER_TRISTATE_NO &&
		strcmp(info->name, FALLBACK_ALLOCATOR) != 0 && (!policy || strcmp(policy, "optional") != 0);
}

void listing_owner(char const *node, struct owner *owner)
{
	struct stat status;
	struct passwd const *user;
	struct group const *group;

	memset(owner, 0, sizeof(*owner));
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
