// What the parts of the agent share: the words of a request, the values that a story has named, and the one answer.
#ifndef AGENT_H
#define AGENT_H

#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { most_words = 24, most_named = 512, most_answer_bytes = 1 << 20 };

/** A request: the name of a call and its arguments, any bytes, each ended by a zero that is not counted. */
struct words {
  int count;
  char *text[most_words];
  size_t length[most_words];
};

/** One thing that the agent can do. Answers exactly once. */
struct call {
  const char *name;
  void (*run)(struct words *words);
};

/** Tables end with a call without a name. */
extern const struct call data_calls[], attribute_calls[], lock_calls[], directory_calls[];
extern const struct call mapping_calls[], xattr_calls[], watch_calls[], process_calls[];
extern const struct call together_calls[], beyond_calls[];

/** The next request without its end, or NULL when there are no more; what was answered is sent before it is waited for. */
char *read_line(void);
/** Cuts a line, which is changed, into words. */
void split(char *line, struct words *words);
/** False when the table has no call of this name. */
bool run_one_of(const struct call *calls, struct words *words);
/** Any call; `CALL ... as NAME` names what it returns. */
void run_and_name(struct words *words);

/** System calls whose arguments are words and whose result is a number; false when the name is none of them. */
bool run_plain_call(struct words *words);

/** The text of a word; ends the agent when the story gives too few. */
char *text_of(struct words *words, int index);
/** A number, a sum of constants as `O_RDWR|O_CREAT`, or a count with K, M, G or T. */
long number_of(struct words *words, int index);
/** A descriptor that was named with `as`, `AT` for the working directory, or a number. */
int descriptor_of(struct words *words, int index);

/** What a story calls `name`: a descriptor, an address, a position. */
void remember(const char *name, long value);
bool recall(const char *name, long *value);

/** Until the clock by which disks date what they do has gone on. */
void wait_for_tick(void);

/** Bytes of the answer; may be called several times. */
void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Bytes between double quotes, with what cannot be printed as \xHH. */
void answer_bytes(const char *bytes, size_t length);
/** The result of a system call: a number, or the name of errno when it is -1. */
void answer_result(long result);
void end_answer(void);
void flush_answers(void);
/** What `answer_result` was told last, or -1. */
long last_result(void);
void forget_last_result(void);
/** The story is wrong, not the file system. */
void refuse(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/** The value of a constant of the system's headers; false when it is unknown here. */
bool constant(const char *name, size_t length, unsigned long *value);

#endif
