/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "selection.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../base/env.h"
#include "../base/error.h"
#include "allocator.h"

#define IMXD_BACKEND(identifier, name) extern struct imxd_backend const imxd_##identifier##_backend;
#include "built_in.h"
#undef IMXD_BACKEND

#define IMXD_BACKEND(identifier, name) &imxd_##identifier##_backend,
static struct imxd_backend const *const backends[] = {
#include "built_in.h"
	NULL};
#undef IMXD_BACKEND

struct imxd_backend const *imxd_backend_at(size_t index)
{
	return (index < sizeof(backends) / sizeof(backends[0])) ? backends[index] : NULL;
}

/* Return the target of "name:target", "" without one, NULL if the text is about another back end. */
static char const *match(struct imxd_backend const *backend, char const *text)
{
	size_t length = strlen(backend->name);

	if (strncmp(text, backend->name, length) != 0)
		return NULL;
	return (text[length] == ':') ? text + length + 1 : (text[length] == '\0') ? text + length : NULL;
}

char const *imxd_skip_pool(char const *text)
{
	size_t length = strlen("pool");

	if (strncmp(text, "pool", length) != 0 || (text[length] != ':' && text[length] != '\0'))
		return NULL;
	return (text[length] == ':') ? text + length + 1 : text + length;
}

static int fail_unknown(char const *text)
{
	char names[160] = "";

	for (size_t i = 0; backends[i]; i++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", backends[i]->name);
	}
	if (imxd_skip_pool(text))
		return imxd_fail(-EINVAL, "\"%.60s\": a pool is around an allocator, not around a pool", text);
	return imxd_fail(-EINVAL, "\"%.60s\": no such allocator; this library has: %s, and pool:NAME", text, names);
}

int imxd_find_backend(char const *text, struct imxd_backend const **backend, char const **target)
{
	for (size_t i = 0; backends[i]; i++) {
		*target = match(backends[i], text);
		if (*target) {
			*target = (*target)[0] ? *target : NULL;
			*backend = backends[i];
			return 0;
		}
	}
	return fail_unknown(text);
}

enum imxd_address_policy imxd_policy_from_environment(void)
{
	char const *text = imxd_env(IMXD_ENV_PHYSICAL_ADDRESS);

	if (text && strcmp(text, "optional") == 0)
		return IMXD_ADDRESS_OPTIONAL;
	if (text && strcmp(text, "required") != 0)
		imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING,
			"IMXDMABUFFER_PHYSICAL_ADDRESS=%s: neither optional nor required; required is used", text);
	return IMXD_ADDRESS_DEFAULT;
}

int imxd_open_backend(struct imxd_backend const *backend, struct imxd_options const *options,
	enum imxd_address_policy policy, char *tried, struct imxd_allocator **allocator)
{
	struct imxd_options chosen = *options;
	char const *text = imxd_env(IMXD_ENV_ALLOCATOR), *inner = text ? imxd_skip_pool(text) : NULL;
	char const *target = text ? match(backend, inner ? inner : text) : NULL;

	if (chosen.fd < 0 && !chosen.target && target && target[0] != '\0')
		chosen.target = target;
	return imxd_allocator_new(backend, &chosen, policy, tried, allocator);
}

static int open_plain(char const *text, struct imxd_options const *options, enum imxd_address_policy policy,
	struct imxd_allocator **allocator)
{
	struct imxd_options chosen = *options;
	struct imxd_backend const *backend;
	int code = imxd_find_backend(text, &backend, &chosen.target);

	return (code == 0) ? imxd_open_backend(backend, &chosen, policy, NULL, allocator) : code;
}

/* The search for a default allocator. */
struct search {
	/* The error for the caller: that of the first closed mechanism, otherwise the first one. */
	int code;
	/* A mechanism with DMA-BUFs that is there but closed. */
	struct imxd_backend const *closed;
	char closed_message[IMXD_MESSAGE_SIZE / 4];
	/* The messages of all mechanisms. */
	char messages[IMXD_MESSAGE_SIZE * 3 / 4];
	size_t used;
};

static bool is_closed(int code)
{
	return code == -EACCES || code == -EPERM;
}

static void add_failure(struct search *search, struct imxd_backend const *backend, int code)
{
	size_t left = sizeof(search->messages) - search->used;
	int length = snprintf(search->messages + search->used, left, "%s%s: %s", search->used ? "; " : "", backend->name,
		imxd_message());

	search->used += ((size_t)length < left) ? (size_t)length : left - 1;
	if (search->code == 0 || (is_closed(code) && !is_closed(search->code)))
		search->code = (code == -ENOENT) ? -ENODEV : code;
	if (backend->has_dmabufs && is_closed(code) && !search->closed) {
		search->closed = backend;
		snprintf(search->closed_message, sizeof(search->closed_message), "%s", imxd_message());
	}
	imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_INFO, "allocator %s is not usable: %s", backend->name, imxd_message());
}

/* Memory without DMA-BUFs would be a silent change for programs that were built for the closed mechanism. */
static int fail_closed(struct search const *search)
{
	return imxd_fail(search->code,
		"no default allocator: %s. No mechanism without DMA-BUFs is used in place of %s; to choose one, set "
		"IMXDMABUFFER_ALLOCATOR or build the library without %s",
		search->messages, search->closed->name, search->closed->name);
}

static int search_default(struct imxd_options const *options, enum imxd_address_policy policy,
	struct imxd_allocator **allocator)
{
	struct search search = {.code = 0};

	for (size_t i = 0; backends[i]; i++) {
		int code;

		if (backends[i]->by_name_only)
			continue;
		if (search.closed && !backends[i]->has_dmabufs)
			return fail_closed(&search);
		code = imxd_open_backend(backends[i], options, policy, NULL, allocator);
		if (code != 0) {
			add_failure(&search, backends[i], code);
			continue;
		}
		if (search.closed)
			imxd_log(IMX_DMA_BUFFER_LOG_LEVEL_WARNING, "%s is used in place of %s, which is closed: %s",
				backends[i]->name, search.closed->name, search.closed_message);
		return 0;
	}
	return imxd_fail(search.code ? search.code : -ENODEV, "no allocator is usable: %s",
		search.used ? search.messages : "none is built in");
}

/* The pool keeps its inner allocator alive, and is the only one that does. */
static int put_into_pool(struct imxd_allocator **allocator)
{
	struct imxd_allocator *inner = *allocator;
	int code;

	*allocator = NULL;
	code = imxd_allocator_new_pool(inner, NULL, allocator);
	imxd_allocator_destroy(inner);
	return code;
}

/* Open the default allocator without a pool. Set *wants_pool if IMXDMABUFFER_ALLOCATOR asks for one around it. */
static int open_inner(struct imxd_options const *options, enum imxd_address_policy policy,
	struct imxd_allocator **allocator, bool *wants_pool)
{
	char const *text = imxd_env(IMXD_ENV_ALLOCATOR), *inner = text ? imxd_skip_pool(text) : NULL;
	struct imxd_backend const *backend;
	char const *target;

	*wants_pool = inner;
	if (inner)
		text = (inner[0] != '\0') ? inner : NULL;
	if (text && imxd_find_backend(text, &backend, &target) != 0)
		return imxd_fail(-EINVAL, "IMXDMABUFFER_ALLOCATOR=%s", imxd_message());
	return text ? open_plain(text, options, policy, allocator) : search_default(options, policy, allocator);
}

int imxd_open_default(struct imxd_options const *options, enum imxd_address_policy policy,
	struct imxd_allocator **allocator)
{
	bool wants_pool;
	int code = open_inner(options, policy, allocator, &wants_pool);

	return (code == 0 && wants_pool) ? put_into_pool(allocator) : code;
}

int imxd_open_named(char const *text, struct imxd_options const *options, enum imxd_address_policy policy,
	struct imxd_allocator **allocator)
{
	char const *inner = imxd_skip_pool(text);
	bool wants_pool;
	int code;

	if (!inner)
		return open_plain(text, options, policy, allocator);
	code = (inner[0] != '\0') ? open_plain(inner, options, policy, allocator)
							  : open_inner(options, policy, allocator, &wants_pool);
	return (code == 0) ? put_into_pool(allocator) : code;
}
