/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vendor.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/locks.h"
#include "../base/meminfo.h"

#define FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)

/* Opening the missing dependency for all libraries to see is the last resort. */
static void *open_library(struct imxd_vendor const *vendor, char const *soname)
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
	return library;
}

static void *find_library(struct imxd_device *device, struct imxd_vendor const *vendor)
{
	void *library = NULL;
	char const *soname = NULL;

	for (size_t i = 0; vendor->sonames[i] && !library; i++) {
		soname = vendor->sonames[i];
		library = dlopen(soname, FLAGS | RTLD_NOLOAD);
	}
	for (size_t i = 0; vendor->sonames[i] && !library; i++) {
		soname = vendor->sonames[i];
		library = open_library(vendor, soname);
	}
	snprintf(device->node, sizeof(device->node), "%s", library ? soname : vendor->sonames[0]);
	return library;
}

int imxd_vendor_load(struct imxd_device *device, struct imxd_options const *options, struct imxd_vendor const *vendor,
	void *functions)
{
	void *library;
	int code = 0;

	if (options->target)
		return imxd_fail(-EINVAL, "%s:%.40s: this allocator has no variants to choose from", device->backend->name,
			options->target);
	library = find_library(device, vendor);
	if (!library)
		return -ENODEV;
	for (size_t i = 0; i < vendor->count; i++) {
		void *function = dlsym(library, vendor->names[i]);

		memcpy((char *)functions + i * sizeof(function), &function, sizeof(function));
		if (!function && i < vendor->needed)
			code = imxd_fail(-ENODEV, "%s: has no function %s: not the vendor's library", device->node,
				vendor->names[i]);
	}
	/* Failed attempts leave no error behind for the program. */
	dlerror();
	return code;
}

int imxd_vendor_fail(struct imxd_device const *device, struct imxd_vendor const *vendor, char const *function)
{
	char cma[80];

	imxd_cma_text(cma, sizeof(cma));
	return imxd_fail(-ENODEV,
		"%s: %s fails, without a reason; either memory is used up%s, or the library cannot open its nodes (%s): check "
		"that they exist and that this process may open them",
		device->node, function, cma, vendor->nodes);
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
