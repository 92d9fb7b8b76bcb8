/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The statements of sim_configure().
 */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include <stdbool.h>

/* Apply a text. The text is changed. Returns false with a message. */
bool sim_config_apply(char *text);
/* Restore the machine without devices. */
void sim_config_reset(void);

#endif /* SIM_CONFIG_H */
