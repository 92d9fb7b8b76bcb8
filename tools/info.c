/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * imxdmabuffer info: versions, built-in allocators, environment, kernel.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "imxdmabuffer/imxdmabuffer_config.h"

#include "command.h"
#include "output.h"
#include "variables.h"

/* All allocators, including those that this build leaves out. */
#define IMXD_BACKEND(identifier, name) name,
static char const *const all_allocators[] = {
#include "../src/backends/list.h"
};
#undef IMXD_BACKEND

#define ALL_ALLOCATORS (sizeof(all_allocators) / sizeof(all_allocators[0]))

#if defined(IMXDMABUFFER_DMA_HEAP_ALLOCATES_UNCACHED_MEMORY)
#define HEAP_IS_UNCACHED true
#else
#define HEAP_IS_UNCACHED false
#endif

static bool is_built_in(char const *name)
{
	char const *built_in;

	for (size_t i = 0; (built_in = imx_dma_buffer_builtin_allocator_name(i)); i++)
		if (strcmp(built_in, name) == 0)
			return true;
	return false;
}

static char const *in_effect(struct variable const *variable)
{
	char const *value = variable_value(variable->name);

	return value ? value : variable->default_value;
}

static void print_variable(struct variable const *variable)
{
	printf("  %s (%s)\n", variable->name, variable_value(variable->name) ? "set" : "not set");
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

/* Print the names of the allocators that are built in, or of those that are not. */
static void print_allocators(char const *head, bool built_in)
{
	char text[256] = "";

	for (size_t i = 0; i < ALL_ALLOCATORS; i++) {
		size_t used = strlen(text);

		if (is_built_in(all_allocators[i]) == built_in)
			snprintf(text + used, sizeof(text) - used, "%s%s", used ? ", " : "", all_allocators[i]);
	}
	if (built_in || text[0] != '\0')
		output_wrapped(head, text);
}

static void print_text(struct utsname const *kernel)
{
	printf("library:       libimxdmabuffer %s\n", imx_dma_buffer_get_version());
	printf("program:       imxdmabuffer %s\n", IMXDMABUFFER_VERSION);
	printf("kernel:        %s %s\n", kernel->sysname, kernel->release);
	printf("machine:       %s\n", kernel->machine);
	print_heap();
	print_allocators("allocators:    ", true);
	print_allocators("not built in:  ", false);
	puts("environment:");
	for (size_t i = 0; variables[i].name; i++)
		print_variable(&variables[i]);
}

static json_object *json_allocators(void)
{
	json_object *array = json_object_new_array();
	char const *name;

	for (size_t i = 0; (name = imx_dma_buffer_builtin_allocator_name(i)); i++)
		json_object_array_add(array, json_text(name));
	return array;
}

static json_object *json_variables(void)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; variables[i].name; i++) {
		json_object *entry = json_object_new_object();

		json_object_object_add(entry, "name", json_text(variables[i].name));
		json_object_object_add(entry, "meaning", json_text(variables[i].meaning));
		json_object_object_add(entry, "value", json_text(variable_value(variables[i].name)));
		json_object_object_add(entry, "default", json_text(variables[i].default_value));
		json_object_object_add(entry, "in_effect", json_text(in_effect(&variables[i])));
		json_object_array_add(array, entry);
	}
	return array;
}

static json_object *json_configuration(void)
{
	json_object *configuration = json_object_new_object(), *enabled = json_object_new_object();

	for (size_t i = 0; i < ALL_ALLOCATORS; i++)
		json_object_object_add(enabled, all_allocators[i], json_object_new_boolean(is_built_in(all_allocators[i])));
	json_object_object_add(configuration, "enabled", enabled);
	json_object_object_add(configuration, "dma_heap_node", json_text_or_null(GIVEN_HEAP_NODE));
	json_object_object_add(configuration, "dma_heap_uncached", json_object_new_boolean(HEAP_IS_UNCACHED));
	return configuration;
}

static int print_json(struct utsname const *uts)
{
	json_object *document = json_document(), *kernel = json_object_new_object();

	json_object_object_add(kernel, "name", json_text(uts->sysname));
	json_object_object_add(kernel, "release", json_text(uts->release));
	json_object_object_add(kernel, "machine", json_text(uts->machine));
	json_object_object_add(document, "library_version", json_text(imx_dma_buffer_get_version()));
	json_object_object_add(document, "program_version", json_text(IMXDMABUFFER_VERSION));
	json_object_object_add(document, "kernel", kernel);
	json_object_object_add(document, "allocators", json_allocators());
	json_object_object_add(document, "configuration", json_configuration());
	json_object_object_add(document, "variables", json_variables());
	return output_json(document);
}

int run_info(struct command const *command, int argc, char **argv)
{
	struct utsname kernel;
	int json, code = read_json_option(command, argc, argv, &json);

	if (code != 0)
		return code - 1;
	uname(&kernel);
	if (json)
		return print_json(&kernel);
	print_text(&kernel);
	return output_flush();
}
