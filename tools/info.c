/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer info: versions, what is built in, the environment, the kernel.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "imxdmabuffer/imxdmabuffer_config.h"

#include "command.h"
#include "output.h"

#define MAX_VARIABLES 32

/* What imxdmabuffer_config.h says, which other programs test when they are compiled. */
static struct {
	char const *name;
	bool enabled;
} const switches[] = {
#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
	{"dma-heap", true},
#else
	{"dma-heap", false},
#endif
#if defined(IMXDMABUFFER_ION_ALLOCATOR_ENABLED)
	{"ion", true},
#else
	{"ion", false},
#endif
#if defined(IMXDMABUFFER_DWL_ALLOCATOR_ENABLED)
	{"dwl", true},
#else
	{"dwl", false},
#endif
#if defined(IMXDMABUFFER_IPU_ALLOCATOR_ENABLED)
	{"ipu", true},
#else
	{"ipu", false},
#endif
#if defined(IMXDMABUFFER_G2D_ALLOCATOR_ENABLED)
	{"g2d", true},
#else
	{"g2d", false},
#endif
#if defined(IMXDMABUFFER_PXP_ALLOCATOR_ENABLED)
	{"pxp", true},
#else
	{"pxp", false},
#endif
#if defined(IMXDMABUFFER_HOST_ALLOCATOR_ENABLED)
	{"host", true},
#else
	{"host", false},
#endif
};

#define SWITCHES (sizeof(switches) / sizeof(switches[0]))

char const *allocator_name(size_t index)
{
	for (size_t i = 0; i < SWITCHES; i++)
		if (switches[i].enabled && index-- == 0)
			return switches[i].name;
	return NULL;
}

#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATES_UNCACHED_MEMORY)
#define HEAP_IS_UNCACHED true
#else
#define HEAP_IS_UNCACHED false
#endif

struct facts {
	ImxDmaBufferAllocatorInfo *allocators;
	size_t num_allocators;
	ImxDmaBufferVariable variables[MAX_VARIABLES];
	size_t num_variables;
	struct utsname kernel;
};

static char const *in_effect(ImxDmaBufferVariable const *variable)
{
	return variable->value ? variable->value : variable->default_value;
}

static void print_variable(ImxDmaBufferVariable const *variable)
{
	printf("  %s (%s)\n", variable->name, variable->value ? "set" : "not set");
	output_wrapped("    meaning:   ", variable->meaning);
	output_wrapped("    in effect: ", in_effect(variable));
	output_wrapped("    default:   ", variable->default_value);
}

#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATOR_ENABLED)
static void print_heap(void)
{
	char const *path = GIVEN_HEAP_NODE;

	if (path[0] == '\0')
		puts("DMA-BUF heap:  found at run time");
	else
		printf("DMA-BUF heap:  %s\n", path);
	if (HEAP_IS_UNCACHED)
		printf("uncached heap: %s, by configuration\n", IMXDMABUFFER_DMA_HEAP_DEVICE_NODE_PATH);
}
#else
static void print_heap(void)
{
	puts("DMA-BUF heap:  none, dma-heap is not built in");
}
#endif

static void print_text(struct facts const *facts)
{
	printf("library:       libimxdmabuffer %s\n", imx_dma_buffer_get_version());
	printf("program:       imxdmabuffer %s\n", IMXDMABUFFER_VERSION);
	printf("kernel:        %s %s\n", facts->kernel.sysname, facts->kernel.release);
	printf("machine:       %s\n", facts->kernel.machine);
	print_heap();
	puts("allocators:");
	for (size_t i = 0; i < facts->num_allocators; i++)
		printf("  %-9s  %s\n", facts->allocators[i].name, facts->allocators[i].description);
	for (size_t i = 0, count = 0; i < SWITCHES; i++)
		if (!switches[i].enabled)
			printf("%s%s", (count++ > 0) ? ", " : "  not built in: ", switches[i].name);
	puts("\nenvironment:");
	for (size_t i = 0; i < facts->num_variables; i++)
		print_variable(&facts->variables[i]);
}

static json_object *json_allocators(struct facts const *facts)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < facts->num_allocators; i++) {
		json_object *entry = json_object_new_object();

		json_object_object_add(entry, "name", json_text(facts->allocators[i].name));
		json_object_object_add(entry, "description", json_text(facts->allocators[i].description));
		json_object_array_add(array, entry);
	}
	return array;
}

static json_object *json_variables(struct facts const *facts)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < facts->num_variables; i++) {
		ImxDmaBufferVariable const *variable = &facts->variables[i];
		json_object *entry = json_object_new_object();

		json_object_object_add(entry, "name", json_text(variable->name));
		json_object_object_add(entry, "meaning", json_text(variable->meaning));
		json_object_object_add(entry, "value", json_text(variable->value));
		json_object_object_add(entry, "default", json_text(variable->default_value));
		json_object_object_add(entry, "in_effect", json_text(in_effect(variable)));
		json_object_array_add(array, entry);
	}
	return array;
}

static json_object *json_configuration(void)
{
	json_object *configuration = json_object_new_object(), *enabled = json_object_new_object();

	for (size_t i = 0; i < SWITCHES; i++)
		json_object_object_add(enabled, switches[i].name, json_object_new_boolean(switches[i].enabled));
	json_object_object_add(configuration, "enabled", enabled);
	json_object_object_add(configuration, "dma_heap_node", json_text(GIVEN_HEAP_NODE[0] ? GIVEN_HEAP_NODE : NULL));
	json_object_object_add(configuration, "dma_heap_uncached", json_object_new_boolean(HEAP_IS_UNCACHED));
	return configuration;
}

static int print_json(struct facts const *facts)
{
	json_object *document = json_document(), *kernel = json_object_new_object();

	json_object_object_add(kernel, "name", json_text(facts->kernel.sysname));
	json_object_object_add(kernel, "release", json_text(facts->kernel.release));
	json_object_object_add(kernel, "machine", json_text(facts->kernel.machine));
	json_object_object_add(document, "library_version", json_text(imx_dma_buffer_get_version()));
	json_object_object_add(document, "program_version", json_text(IMXDMABUFFER_VERSION));
	json_object_object_add(document, "kernel", kernel);
	json_object_object_add(document, "allocators", json_allocators(facts));
	json_object_object_add(document, "configuration", json_configuration());
	json_object_object_add(document, "variables", json_variables(facts));
	return output_json(document);
}

static int run(int argc, char **argv)
{
	struct facts facts = {.num_allocators = 0};
	int json, code = read_json_option(&info_command, argc, argv, &json);

	if (code != 0)
		return code - 1;
	facts.allocators = imx_dma_buffer_list_allocators(&facts.num_allocators, NULL);
	if (!facts.allocators)
		return output_fail(EXIT_FAILED, "%s", imx_dma_buffer_get_last_error());
	facts.num_variables = imx_dma_buffer_get_variables(facts.variables, MAX_VARIABLES);
	if (facts.num_variables > MAX_VARIABLES)
		facts.num_variables = MAX_VARIABLES;
	uname(&facts.kernel);
	if (json)
		code = print_json(&facts);
	else
		print_text(&facts);
	imx_dma_buffer_free_allocator_list(facts.allocators);
	return json ? code : output_flush();
}

struct command const info_command = {
	.name = "info",
	.summary = "versions, what is built in, environment variables, kernel",
	.usage = "[--json]",
	.help = "Prints the versions of library and program, the kernel, the DMA-BUF heap that was given when the library\n"
			"was built, if any, the allocators that are built in, and the environment variables that the library\n"
			"reads, with the value in effect.\n"
			"\n"
			"  --json  print a JSON document\n"
			"  --help  print this\n",
	.options = json_options,
	.run = run,
};
