#ifndef ACCESS_LISTS_H
#define ACCESS_LISTS_H

#include "agent.h"

void run_set_list(struct words *words);
void run_get_list(struct words *words);

#endif
