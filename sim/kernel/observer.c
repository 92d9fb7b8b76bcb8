/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/observer.h"

struct sim_observer const *sim_observer;
