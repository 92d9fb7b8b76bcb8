/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "selection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "env.h"
#include "export.h"

char const *imxd_match_name(struct imxd_backend const *backend, char const *text)
{
	size_t length = strlen(backend->name);

	if (strncmp(text, backend->name, length) != 0)
		return NULL;
	return (text[length] == ':') ? text + length + 1 : (text[length] == '\0') ? text + length : NULL;
}

static struct imxd_backend const *find(char const *text, char const **target)
{
	for (size_t i = 0; imxd_backends[i]; i++) {
		*target = imxd_match_name(imxd_backends[i], text);
		if (*target) {
			*target = (*target)[0] ? *target : NULL;
			return imxd_backends[i];
		}
	}
	return NULL;
}

static int fail_unknown(char const *origin, char const *text)
{
	char names[160] = "";

	for (size_t i = 0; imxd_backends[i]; i++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", imxd_backends[i]->name);
	}
	return imxd_fail(EINVAL, "%s\"%.60s\": no such allocator; this library has: %s", origin, text, names);
}

enum imxd_address_policy imxd_policy_from_environment(void)
{
	char const *text = imxd_env(IMXD_ENV_PHYSICAL_ADDRESS);

	if (text && strcmp(text, "optional") == 0)
		return IMXD_ADDRESS_OPTIONAL;
	if (text && strcmp(text, "required") != 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"IMXDMABUFFER_PHYSICAL_ADDRESS=%s: neither optional nor required, "
			"taken as required",
			text);
	return IMXD_ADDRESS_REQUIRED;
}

ImxDmaBufferAllocator *imxd_open_backend(struct imxd_backend const *backend, struct imxd_options const *options,
	enum imxd_address_policy policy, char *tried, int *error)
{
	struct imxd_options chosen = *options;
	char const *text = imxd_env(IMXD_ENV_ALLOCATOR);
	char const *target = text ? imxd_match_name(backend, text) : NULL;

	if (chosen.fd < 0 && !chosen.target && target && target[0] != '\0')
		chosen.target = target;
	return imxd_allocator_new(backend, &chosen, policy, tried, error);
}

ImxDmaBufferAllocator *imxd_construct(struct imxd_backend const *backend, struct imxd_options const *options,
	int *error)
{
	int code = 0;
	ImxDmaBufferAllocator *allocator = imxd_open_backend(backend, options, imxd_policy_from_environment(), NULL, &code);

	if (!allocator)
		imxd_report(error, code);
	return allocator;
}

static ImxDmaBufferAllocator *open_text(char const *origin, char const *text, enum imxd_address_policy policy,
	int *error)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;
	struct imxd_backend const *backend = find(text, &options.target);

	if (!backend) {
		imxd_set_error(error, fail_unknown(origin, text));
		return NULL;
	}
	return imxd_open_backend(backend, &options, policy, NULL, error);
}

ImxDmaBufferAllocator *imxd_open_named(char const *name, enum imxd_address_policy policy, int *error)
{
	return open_text("", name, policy, error);
}

/* A mechanism that is there but closed tells more than one that is missing. */
static int more_telling(int present, int code)
{
	return (present == 0 || ((code == EACCES || code == EPERM) && present != EACCES)) ? code : present;
}

static ImxDmaBufferAllocator *walk(enum imxd_address_policy policy, int *error)
{
	struct imxd_options options = IMXD_OPTIONS_NONE;
	char reasons[IMXD_SENTENCE_SIZE * 3 / 4] = "none is built in";
	size_t used = 0;
	int code = 0;

	for (size_t i = 0; imxd_backends[i]; i++) {
		struct imxd_backend const *backend = imxd_backends[i];
		ImxDmaBufferAllocator *allocator;
		int why = ENODEV;

		if (backend->by_name_only)
			continue;
		allocator = imxd_open_backend(backend, &options, policy, NULL, &why);
		if (allocator)
			return allocator;
		code = more_telling(code, (why == ENOENT) ? ENODEV : why);
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "allocator %s is not usable: %s", backend->name, imxd_sentence());
		if (used < sizeof(reasons))
			used += (size_t)snprintf(reasons + used, sizeof(reasons) - used, "%s%s: %s", used ? "; " : "",
				backend->name, imxd_sentence());
	}
	code = imxd_fail(code ? code : ENODEV, "no allocator is usable: %s", reasons);
	imxd_set_error(error, code);
	return NULL;
}

ImxDmaBufferAllocator *imxd_open_default(enum imxd_address_policy policy, int *error)
{
	char const *text = imxd_env(IMXD_ENV_ALLOCATOR);

	return text ? open_text("IMXDMABUFFER_ALLOCATOR=", text, policy, error) : walk(policy, error);
}

IMXD_EXPORT ImxDmaBufferAllocator *imx_dma_buffer_allocator_new(int *error)
{
	ImxDmaBufferAllocator *allocator;
	int code = 0;

	allocator = imxd_open_default(imxd_policy_from_environment(), &code);
	if (!allocator)
		imxd_report(error, code);
	return allocator;
}
