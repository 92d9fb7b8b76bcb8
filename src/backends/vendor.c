/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vendor.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../locks.h"
#include "../sys.h"

void imxd_vendor_lock(void)
{
	imxd_lock(IMXD_LOCK_VENDOR);
}

void imxd_vendor_unlock(void)
{
	imxd_unlock(IMXD_LOCK_VENDOR);
}

#define FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)

static void *find_loaded(struct imxd_vendor const *vendor, char const **soname)
{
	void *library = NULL;

	for (char const *const *name = vendor->sonames; *name && !library; name++) {
		library = dlopen(*name, FLAGS | RTLD_NOLOAD);
		*soname = *name;
	}
	/* What was not there yet is no error for the program to find. */
	dlerror();
	return library;
}

/* What a library needs without saying so is opened for everybody to see, but only for a library that is there. */
static void *open_with_dependency(struct imxd_vendor const *vendor, char const *name, char const **reason)
{
	void *library = dlopen(name, FLAGS);

	*reason = library ? "" : dlerror();
	if (library || !vendor->missing_dependency || !strstr(*reason, "undefined symbol"))
		return library;
	dlopen(vendor->missing_dependency, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
	library = dlopen(name, FLAGS);
	*reason = library ? "" : dlerror();
	return library;
}

static void *load(struct imxd_vendor const *vendor, char const **soname)
{
	char reasons[IMXD_SENTENCE_SIZE / 2] = "";
	void *library = NULL;

	for (char const *const *name = vendor->sonames; *name && !library; name++) {
		size_t used = strlen(reasons);
		char const *reason;

		library = open_with_dependency(vendor, *name, &reason);
		*soname = *name;
		snprintf(reasons + used, sizeof(reasons) - used, "%s%s", used ? "; " : "", reason);
	}
	if (library)
		return library;
	*soname = vendor->sonames[0];
	imxd_fail(ENODEV, "the vendor's library cannot be loaded: %s", reasons);
	return NULL;
}

static int find_functions(struct imxd_vendor const *vendor, void *library, char const *soname, void *functions)
{
	for (size_t i = 0; i < vendor->count; i++) {
		void *function = dlsym(library, vendor->names[i]);

		/* What is missing is no error for the program to find. */
		if (!function)
			dlerror();
		if (!function && i < vendor->needed)
			return imxd_fail(ENODEV, "%s: has no function %s: not the library that it should be", soname,
				vendor->names[i]);
		memcpy((char *)functions + i * sizeof(function), &function, sizeof(function));
	}
	return 0;
}

static int load_functions(struct imxd_instance *self, struct imxd_vendor const *vendor, bool *was_there)
{
	char const *soname = "";
	void *library = find_loaded(vendor, &soname);

	*was_there = library != NULL;
	if (!library)
		library = load(vendor, &soname);
	snprintf(self->node, sizeof(self->node), "%s", soname);
	return library ? find_functions(vendor, library, soname, (void *)self->state[0]) : ENODEV;
}

/* A library that has no memory left is still the one that others here use: its memory may come back. */
static int probe(struct imxd_instance *self, struct imxd_vendor const *vendor, bool was_there)
{
	struct imxd_vendor_users *users = vendor->users;
	int code = vendor->probe(self, was_there);

	imxd_vendor_lock();
	if (code == IMXD_VENDOR_EMPTY && users->count > 0) {
		self->caps = users->caps;
		code = 0;
	}
	if (code == 0) {
		users->count++;
		users->caps = self->caps;
		self->state[1] = (uintptr_t)users;
	}
	imxd_vendor_unlock();
	return (code == IMXD_VENDOR_EMPTY) ? vendor->fail_empty(self) : code;
}

int imxd_vendor_open(struct imxd_instance *self, struct imxd_options const *options, struct imxd_vendor const *vendor,
	size_t size)
{
	bool was_there;
	void *state = options->target ? NULL : calloc(1, size);
	int code;

	if (options->target)
		return imxd_fail(EINVAL, "%s:%.40s: this allocator has no variants to choose from", self->backend->name,
			options->target);
	if (!state)
		return imxd_fail_memory();
	self->state[0] = (uintptr_t)state;
	code = load_functions(self, vendor, &was_there);
	if (code == 0) {
		code = probe(self, vendor, was_there);
		if (code != 0)
			self->backend->close(self);
	} else {
		imxd_vendor_close(self);
	}
	return code;
}

int imxd_vendor_fail_closed(struct imxd_instance const *self, char const *function, char const *const *nodes)
{
	for (; *nodes; nodes++) {
		int result = imxd_sys_access(*nodes);

		/* The latter is what a device cgroup answers. */
		if (result != -EACCES && result != -EPERM)
			continue;
		imxd_node_fail(*nodes, O_RDWR, -result);
		return imxd_fail(-result, "%s: %s fails: %s", self->node, function, imxd_sentence());
	}
	return 0;
}

bool imxd_vendor_may_be_cached(int fd)
{
	char exporter[64] = "";

	if (fd > 0)
		imxd_exporter_name(fd, exporter, sizeof(exporter));
	return imxd_exporter_caps(exporter) & IMX_DMA_BUFFER_CAPABILITY_CACHED;
}

void imxd_vendor_close(struct imxd_instance *self)
{
	struct imxd_vendor_users *users = (struct imxd_vendor_users *)self->state[1];

	imxd_vendor_lock();
	if (users)
		users->count--;
	imxd_vendor_unlock();
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
	return imxd_fail(ENOTSUP, "%s: gives memory of %zu bytes without a mapping or an address", self->node, size);
}
