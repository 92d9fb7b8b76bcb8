/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/place.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <limits.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>

#include "check/json.h"
#include "kernel/real.h"

/* More than are kept: those of the simulator are taken out. */
#define MOST_FRAMES 40

#define LIBRARY "libimxdmabuffer.so"

/* The bounds of this shared library, from the linker. */
extern char const __ehdr_start[] __attribute__((visibility("hidden")));
extern char const _end[] __attribute__((visibility("hidden")));

static bool is_own(void const *frame)
{
	return (char const *)frame >= __ehdr_start && (char const *)frame < _end;
}

void sim_place_prepare(void)
{
	void *frames[1];

	backtrace(frames, 1);
}

void sim_place_take(struct sim_place *place, void const *from)
{
	void *frames[MOST_FRAMES];
	int i = 0, count = backtrace(frames, MOST_FRAMES);

	place->count = 0;
	while (from && i < count && frames[i] != from)
		i++;
	/* Unwinding may have stopped at the signal. The frame is no return address: those are one instruction further. */
	if (from) {
		place->frames[place->count++] = (char *)(uintptr_t)from + 1;
		i++;
	}
	for (; i < count && place->count < SIM_PLACE_FRAMES; i++)
		if (!is_own(frames[i]))
			place->frames[place->count++] = frames[i];
}

uint64_t sim_place_key(struct sim_place const *place)
{
	uint64_t key = 14695981039346656037u;

	for (unsigned int i = 0; i < place->count; i++)
		key = (key ^ (uint64_t)(uintptr_t)place->frames[i]) * 1099511628211u;
	return key;
}

static bool is_library(char const *path)
{
	char const *name = path ? strrchr(path, '/') : NULL;

	return name && strncmp(name + 1, LIBRARY, strlen(LIBRARY)) == 0;
}

/* The segments of the library, as soon as it is loaded. */
static atomic_uintptr_t library_begin, library_end;

static int learn(struct dl_phdr_info *info, size_t size, void *context)
{
	uintptr_t begin = UINTPTR_MAX, end = 0;

	if (!is_library(info->dlpi_name))
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		ElfW(Phdr) const *header = &info->dlpi_phdr[i];
		uintptr_t address = info->dlpi_addr + header->p_vaddr;

		if (header->p_type != PT_LOAD)
			continue;
		begin = (address < begin) ? address : begin;
		end = (address + header->p_memsz > end) ? address + header->p_memsz : end;
	}
	atomic_store(&library_begin, begin);
	atomic_store(&library_end, end);
	return 1;
}

bool sim_place_is_in_library(struct sim_place const *place)
{
	uintptr_t begin, end;

	if (atomic_load(&library_end) == 0)
		dl_iterate_phdr(learn, NULL);
	begin = atomic_load(&library_begin);
	end = atomic_load(&library_end);
	for (unsigned int i = 0; i < place->count; i++)
		if ((uintptr_t)place->frames[i] >= begin && (uintptr_t)place->frames[i] < end)
			return true;
	return false;
}

/* The program itself has no name there, but that of its first argument. */
static char const *path_of(Dl_info const *info, struct link_map const *map)
{
	static char self[PATH_MAX];
	ssize_t length;

	if (map->l_name[0] == '/')
		return map->l_name;
	length = real()->readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[(length > 0) ? length : 0] = '\0';
	return (map->l_name[0] == '\0' && length > 0) ? self : info->dli_fname;
}

/* Add one frame. The library's own functions have no symbols, and tell its users nothing. */
static void add_frame(struct json *json, char *pc)
{
	struct link_map *map;
	Dl_info info;

	if (!dladdr1(pc, &info, (void **)&map, RTLD_DL_LINKMAP) || !info.dli_fname ||
		(is_library(info.dli_fname) && !info.dli_sname))
		return;
	json_add(json, (json->length == 1) ? "{" : ",{");
	json_add_text(json, "module", path_of(&info, map));
	json_add(json, ",\"offset\":%zu", (size_t)((uintptr_t)pc - map->l_addr));
	if (info.dli_sname) {
		json_add(json, ",");
		json_add_text(json, "function", info.dli_sname);
	}
	json_add(json, "}");
}

size_t sim_place_write(struct sim_place const *place, char *text, size_t size)
{
	struct json json = {.text = text, .size = size - 1};

	json_add(&json, "[");
	for (unsigned int i = 0; i < place->count; i++) {
		size_t length = json.length;

		add_frame(&json, (char *)place->frames[i] - 1);
		if (json.length + 1 < json.size)
			continue;
		/* The frame may be cut off. */
		json.length = length;
		break;
	}
	json.size = size;
	json_add(&json, "]");
	return json.length;
}
