// What the parts of the random tester's agent share. Words, answers and most calls are those of the agent of stories.
#ifndef FUZZER_H
#define FUZZER_H

#include "../../conformance/posix/native/agent.h"

#include <sys/stat.h>

/** Calls on files that are kept open in slots `#0`, `#1` and so on, and on mappings `%0`, `%1`. */
extern const struct call held_calls[], mapped_calls[], survey_calls[];

enum { most_slots = 8 };

/** The descriptor that a slot holds, or -1. */
int held_in(const char *slot);

/** Bytes that follow from a seed. */
void fill_with_noise(char *bytes, size_t length, unsigned seed);

/** What two file systems must agree on of a thing that was looked at: all but its number, its blocks and the values of clocks. */
void answer_what_it_is(int directory, const char *path, int flags, const struct stat *stat);

#endif
