/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shadows.h"

#include <stdint.h>
#include <stdlib.h>

/* Structures stand in arrays as well as apart: Knuth's multiplicative hash spreads both. */
static struct imxd_shadow **list_of(struct imxd_shadows *shadows, ImxWrappedDmaBuffer const *wrapped)
{
	uint32_t hash = (uint32_t)((uintptr_t)wrapped / sizeof(void *)) * UINT32_C(2654435761);

	return &shadows->lists[hash >> (32 - shadows->bits)];
}

struct imxd_shadow *imxd_shadows_find(struct imxd_shadows *shadows, ImxWrappedDmaBuffer const *wrapped)
{
	struct imxd_shadow *shadow = *list_of(shadows, wrapped);

	while (shadow && shadow->wrapped != wrapped)
		shadow = shadow->next;
	return shadow;
}

static void insert(struct imxd_shadows *shadows, struct imxd_shadow *shadow)
{
	struct imxd_shadow **list = list_of(shadows, shadow->wrapped);

	shadow->next = *list;
	*list = shadow;
}

static void discard(struct imxd_shadows *shadows, struct imxd_shadow **lists)
{
	if (lists != shadows->few)
		free(lists);
}

/* Four times the lists. Without memory for them it goes on with those that there are. */
static void grow(struct imxd_shadows *shadows)
{
	struct imxd_shadow **old = shadows->lists, *shadow, *next;
	size_t count = (size_t)1 << shadows->bits;
	struct imxd_shadow **lists = (shadows->bits < 24) ? calloc(4 * count, sizeof(*lists)) : NULL;

	if (!lists)
		return;
	shadows->lists = lists;
	shadows->bits += 2;
	for (size_t i = 0; i < count; i++)
		for (shadow = old[i]; shadow; shadow = next) {
			next = shadow->next;
			insert(shadows, shadow);
		}
	discard(shadows, old);
}

void imxd_shadows_add(struct imxd_shadows *shadows, struct imxd_shadow *shadow)
{
	if (shadows->count >> shadows->bits != 0)
		grow(shadows);
	insert(shadows, shadow);
	shadows->count++;
}

void imxd_shadows_remove(struct imxd_shadows *shadows, struct imxd_shadow *shadow)
{
	struct imxd_shadow **link = list_of(shadows, shadow->wrapped);

	while (*link != shadow)
		link = &(*link)->next;
	*link = shadow->next;
	if (--shadows->count > 0)
		return;
	discard(shadows, shadows->lists);
	*shadows = (struct imxd_shadows)IMXD_SHADOWS_INIT(*shadows);
}
