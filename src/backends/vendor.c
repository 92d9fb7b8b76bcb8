/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vendor.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sys.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void imxd_vendor_lock(void)
{
	pthread_mutex_lock(&lock);
}

void imxd_vendor_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

#define FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)

static void *find_loaded(struct imxd_vendor const *vendor, char const **soname)
{
	void *library = NULL;

	for (char const *const *name = vendor->sonames; *name && !library; name++) {
		library = dlopen(*name, FLAGS | RTLD_NOLOAD);
		*soname = *name;
	}
	return library;
}

static void *load(struct imxd_vendor const *vendor, char const **soname)
{
	char reasons[IMXD_SENTENCE_SIZE / 2] = "";
	void *library = NULL;

	/* Stays as well: the vendor's library uses it for as long as it is there itself. */
	if (vendor->missing_dependency)
		dlopen(vendor->missing_dependency, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
	for (char const *const *name = vendor->sonames; *name && !library; name++) {
		size_t used = strlen(reasons);

		library = dlopen(*name, FLAGS);
		*soname = *name;
		if (!library)
			snprintf(reasons + used, sizeof(reasons) - used, "%s%s", used ? "; " : "", dlerror());
	}
	if (!library)
		*soname = vendor->sonames[0];
	if (!library)
		imxd_fail(ENODEV, "the vendor's library cannot be loaded: %s", reasons);
	return library;
}

static int find_functions(struct imxd_vendor const *vendor, void *library, char const *soname, void *functions)
{
	for (size_t i = 0; i < vendor->count; i++) {
		void *function = dlsym(library, vendor->names[i]);

		if (!function && i < vendor->needed)
			return imxd_fail(ENODEV, "%s: has no function %s: not the library that it should be", soname,
				vendor->names[i]);
		memcpy((char *)functions + i * sizeof(function), &function, sizeof(function));
	}
	return 0;
}

static int load_functions(struct imxd_instance *self, struct imxd_vendor const *vendor)
{
	char const *soname = "";
	void *library = find_loaded(vendor, &soname);

	if (!library)
		library = load(vendor, &soname);
	snprintf(self->node, sizeof(self->node), "%s", soname);
	return library ? find_functions(vendor, library, soname, (void *)self->state[0]) : ENODEV;
}

int imxd_vendor_open(struct imxd_instance *self, struct imxd_vendor const *vendor, size_t size,
	int (*probe)(struct imxd_instance *self))
{
	void *state = calloc(1, size);
	int code;

	if (!state)
		return imxd_fail_memory();
	self->state[0] = (uintptr_t)state;
	code = load_functions(self, vendor);
	if (code == 0) {
		code = probe(self);
		if (code != 0)
			self->backend->close(self);
	} else {
		imxd_vendor_close(self);
	}
	return code;
}

void imxd_vendor_close(struct imxd_instance *self)
{
	free((void *)self->state[0]);
}

int imxd_vendor_block(struct imxd_instance *self, struct imxd_block *block, void *handle, size_t size, void *cpu,
	imx_physical_address_t address)
{
	block->handle = (uintptr_t)handle;
	block->size = size;
	block->cpu = cpu;
	block->address = address;
	if (cpu && address != 0)
		return 0;
	self->backend->free(self, block);
	return imxd_fail(EIO, "%s: gives memory of %zu bytes without a mapping or an address", self->node, size);
}

size_t imxd_vendor_offset(struct imxd_block const *block)
{
	return block->address & (imxd_sys_page_size() - 1);
}
