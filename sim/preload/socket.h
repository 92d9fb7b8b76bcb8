/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SIM_SOCKET_H
#define SIM_SOCKET_H

#include <stdbool.h>

/* Keeps errno. Needs no lock. */
bool sim_is_unix_socket(int fd);

#endif /* SIM_SOCKET_H */
