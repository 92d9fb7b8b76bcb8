/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The simulated object behind a path.
 */
#ifndef SIM_PATH_H
#define SIM_PATH_H

#include <limits.h>
#include <stdbool.h>

enum sim_place {
	SIM_ELSEWHERE,
	SIM_DEVICE, /* the path of a device, whether or not it has a node; or one in kernel/sysfs.h */
	SIM_MEMINFO, /* /proc/meminfo */
	SIM_RELEASE, /* /proc/sys/kernel/osrelease, with the statement release */
	SIM_PROCESSORS, /* /sys/devices/system/cpu/possible, with cpu ... midr */
	SIM_MIDR, /* midr_el1 of a processor */
	SIM_PAGEMAP, /* this process's pagemap */
	SIM_FD, /* this process's /proc/self/fd/N */
	SIM_FDINFO,
	SIM_SYSFS, /* /sys/dev/char/SIM_MAJOR:N */
	SIM_OF_DEVICE /* the node of that device in the device tree */
};

struct sim_path {
	enum sim_place place;
	int fd; /* SIM_FD, SIM_FDINFO; SIM_SYSFS: the minor number; SIM_MIDR: the processor */
	char path[PATH_MAX]; /* SIM_DEVICE: as programs see it */
	char actual[PATH_MAX]; /* SIM_DEVICE: the path to use in its place */
};

/*
 * Resolve a path, including a symbolic link in its last component if `follow` is true. Takes the lock itself. Keeps
 * errno.
 */
enum sim_place sim_resolve(int directory, char const *path, bool follow, struct sim_path *result);

#endif /* SIM_PATH_H */
