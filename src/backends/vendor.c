/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vendor.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/available.h"
#include "../base/error.h"
#include "../base/locks.h"

#define FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)

/* Does the message say that a file is missing? Other reasons may pass. The C library translates both texts. */
static bool is_about_missing_file(char const *message)
{
	char const *text = strchr(imxd_errno_text(-ENOENT), ' ');

	return text && strstr(message, text);
}

/*
 * Opening the missing dependency for all libraries to see is the last resort. Clears *is_missing after another failure
 * than that of a missing file.
 */
static void *open_library(struct imxd_vendor const *vendor, char const *soname, bool *is_missing)
{
	void *library = dlopen(soname, FLAGS);
	char const *reason = library ? "" : dlerror();

	if (!library && vendor->missing_dependency && strstr(reason, "undefined symbol")) {
		dlopen(vendor->missing_dependency, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
		library = dlopen(soname, FLAGS);
		reason = library ? "" : dlerror();
	}
	if (!library && soname == vendor->sonames[0])
		imxd_fail(-ENODEV, "the vendor's library cannot be loaded: %s", reason);
	else if (!library)
		imxd_fail(-ENODEV, "%s; %s", imxd_message(), reason);
	*is_missing = *is_missing && is_about_missing_file(reason);
	return library;
}

/* Return the library with its name, or NULL with a message. */
static void *find_library(struct imxd_vendor const *vendor, char const **soname, bool *is_missing)
{
	void *library = NULL;

	for (size_t i = 0; vendor->sonames[i] && !library; i++) {
		*soname = vendor->sonames[i];
		library = dlopen(*soname, FLAGS | RTLD_NOLOAD);
	}
	for (size_t i = 0; vendor->sonames[i] && !library; i++) {
		*soname = vendor->sonames[i];
		library = open_library(vendor, *soname, is_missing);
	}
	return library;
}

/* Load the library, and look up its functions. */
static int load(struct imxd_vendor const *vendor, struct imxd_vendor_state *found)
{
	struct imxd_loader_stay stay;
	bool is_missing = true;
	void *library;
	int code = 0;

	imxd_loader_enter(&stay);
	library = find_library(vendor, &found->soname, &is_missing);
	for (size_t i = 0; library && code == 0 && i < vendor->count; i++) {
		found->functions[i] = dlsym(library, vendor->names[i]);
		if (!found->functions[i] && i < vendor->needed)
			code = imxd_fail(-ENODEV, "%s: has no function %s: not the vendor's library", found->soname,
				vendor->names[i]);
	}
	/* Failed attempts leave no error behind for the program. */
	dlerror();
	imxd_loader_leave(&stay);
	if (library)
		return code;
	found->soname = NULL;
	if (is_missing)
		snprintf(found->absent, sizeof(found->absent), "%s", imxd_message());
	return -ENODEV;
}

int imxd_vendor_load(struct imxd_device *device, struct imxd_options const *options, struct imxd_vendor const *vendor,
	void *functions)
{
	struct imxd_vendor_state state;
	int code = 0;

	if (options->target)
		return imxd_fail(-EINVAL, "%s:%.40s: this allocator has no variants to choose from", device->backend->name,
			options->target);
	snprintf(device->node, sizeof(device->node), "%s", vendor->sonames[0]);
	imxd_vendor_lock();
	state = *vendor->state;
	imxd_vendor_unlock();
	if (state.absent[0])
		return imxd_fail(-ENODEV, "%s", state.absent);
	if (!state.soname)
		code = load(vendor, &state);
	if (code == 0 || state.absent[0]) {
		imxd_vendor_lock();
		*vendor->state = state;
		imxd_vendor_unlock();
	}
	if (state.soname)
		snprintf(device->node, sizeof(device->node), "%s", state.soname);
	if (code == 0)
		memcpy(functions, state.functions, vendor->count * sizeof(state.functions[0]));
	return code;
}

int imxd_vendor_fail(struct imxd_device const *device, struct imxd_vendor const *vendor, char const *function)
{
	char shortage[240];

	/* Any size that no area has: the state of the CMA is wanted, not a comparison. */
	imxd_shortage_text(SIZE_MAX, shortage, sizeof(shortage));
	return imxd_fail(-ENODEV,
		"%s: %s fails, without a reason; either memory is used up%s, or the library cannot open its nodes (%s): check "
		"that they exist and that this process may open them",
		device->node, function, shortage, vendor->nodes);
}

int imxd_vendor_fail_memory(struct imxd_device const *device, char const *function, size_t size)
{
	char shortage[240];

	imxd_shortage_text(size, shortage, sizeof(shortage));
	return imxd_fail(-ENOMEM, "%s: %s has no memory for %zu bytes%s (it gives no reason)", device->node, function, size,
		shortage);
}

int imxd_vendor_fill_block(struct imxd_device *device, struct imxd_block *block, void *handle, size_t size, void *cpu,
	imx_physical_address_t address)
{
	block->handle = handle;
	block->size = size;
	block->cpu = cpu;
	block->address = address;
	if (cpu && address != 0)
		return 0;
	device->backend->free(device, block);
	return imxd_fail(-ENOTSUP, "%s: memory of %zu bytes without a mapping or an address", device->node, size);
}

void imxd_vendor_lock(void)
{
	imxd_lock(IMXD_LOCK_VENDOR);
}

void imxd_vendor_unlock(void)
{
	imxd_unlock(IMXD_LOCK_VENDOR);
}
