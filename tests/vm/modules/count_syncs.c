// SPDX-License-Identifier: GPL-2.0-only
/*
 * Count what the kernel does to the CPU's caches for devices: count_syncs=1 puts probes on the architecture's two
 * functions. The parameters sync_for_device and sync_for_cpu in /sys/module/imx_devices/parameters then contain the
 * number of calls and the sum of their bytes.
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "imx_devices.h"

static bool count_syncs;
module_param(count_syncs, bool, 0444);
MODULE_PARM_DESC(count_syncs, "count the calls of arch_sync_dma_for_device() and arch_sync_dma_for_cpu()");

struct counter {
	atomic_long_t calls;
	atomic_long_t bytes;
};

static struct counter for_device, for_cpu;

static int show(char *text, const struct kernel_param *parameter)
{
	struct counter *counter = parameter->arg;

	return sysfs_emit(text, "%ld %ld\n", atomic_long_read(&counter->calls), atomic_long_read(&counter->bytes));
}

static const struct kernel_param_ops ops = { .get = show };
module_param_cb(sync_for_device, &ops, &for_device, 0444);
MODULE_PARM_DESC(sync_for_device, "calls and bytes of arch_sync_dma_for_device()");
module_param_cb(sync_for_cpu, &ops, &for_cpu, 0444);
MODULE_PARM_DESC(sync_for_cpu, "calls and bytes of arch_sync_dma_for_cpu()");

#if defined(CONFIG_KPROBES) && defined(CONFIG_ARM64)
/* The arguments of both functions are address, size and direction. */
static void count(struct counter *counter, struct pt_regs *regs)
{
	atomic_long_inc(&counter->calls);
	atomic_long_add(regs->regs[1], &counter->bytes);
}

static int count_for_device(struct kprobe *probe, struct pt_regs *regs)
{
	count(&for_device, regs);
	return 0;
}

static int count_for_cpu(struct kprobe *probe, struct pt_regs *regs)
{
	count(&for_cpu, regs);
	return 0;
}

static struct kprobe device_probe = { .symbol_name = "arch_sync_dma_for_device", .pre_handler = count_for_device };
static struct kprobe cpu_probe = { .symbol_name = "arch_sync_dma_for_cpu", .pre_handler = count_for_cpu };
static struct kprobe *probes[] = { &device_probe, &cpu_probe };

int count_syncs_start(void)
{
	return count_syncs ? register_kprobes(probes, ARRAY_SIZE(probes)) : 0;
}

void count_syncs_stop(void)
{
	if (count_syncs)
		unregister_kprobes(probes, ARRAY_SIZE(probes));
}
#else
int count_syncs_start(void)
{
	return count_syncs ? -EOPNOTSUPP : 0;
}

void count_syncs_stop(void)
{
}
#endif
