// Memory that is a file: mappings `%0`, `%1` and so on, each kept until another is put there.
#include "fuzzer.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

enum { most_mappings = 4, mapping_bytes = 1 << 16 };

static char *mappings[most_mappings];
static sigjmp_buf before_access;

static void on_bad_access(int signal) { siglongjmp(before_access, signal); }

static char **mapping_of(struct words *words) {
  int index = text_of(words, 1)[1] - '0';
  if (index < 0 || index >= most_mappings) refuse("%s is no mapping", words->text[1]);
  return &mappings[index];
}

/** map MAPPING SLOT PROTECTION FLAGS POSITION */
static void run_map(struct words *words) {
  char **mapping = mapping_of(words);
  if (*mapping != NULL) munmap(*mapping, mapping_bytes);
  int descriptor = held_in(text_of(words, 2));
  char *made = mmap(NULL, mapping_bytes, (int)number_of(words, 3), (int)number_of(words, 4), descriptor, number_of(words, 5));
  *mapping = made == MAP_FAILED ? NULL : made;
  answer_result(made == MAP_FAILED ? -1 : 0);
}

/** Where in a mapping the words want to go; NULL when they go beyond it, or there is none. */
static char *place_of(struct words *words, size_t *count) {
  char *mapping = *mapping_of(words);
  long position = number_of(words, 2);
  *count = (size_t)number_of(words, 3);
  if (mapping == NULL || position + (long)*count > mapping_bytes) return NULL;
  return mapping + position;
}

/** What follows is left with the signal for an answer where there is no file behind the memory. No function: its frame must live on. */
#define OR_SIGNAL()                                                                                                              \
  do {                                                                                                                           \
    signal(SIGBUS, on_bad_access);                                                                                               \
    signal(SIGSEGV, on_bad_access);                                                                                              \
    int caught = sigsetjmp(before_access, 1);                                                                                    \
    if (caught != 0) return answer("SIG%s", sigabbrev_np(caught));                                                               \
  } while (0)

/** poke MAPPING POSITION COUNT SEED: and sees to it that it is written at once, so that the times of both file systems follow. */
static void run_poke(struct words *words) {
  size_t count;
  char *place = place_of(words, &count);
  if (place == NULL) return answer("nowhere");
  char noise[mapping_bytes];
  fill_with_noise(noise, count, (unsigned)number_of(words, 4));
  OR_SIGNAL();
  memcpy(place, noise, count);
  answer_result(msync(*mapping_of(words), mapping_bytes, MS_SYNC));
}

/** peek MAPPING POSITION COUNT */
static void run_peek(struct words *words) {
  size_t count;
  const char *place = place_of(words, &count);
  if (place == NULL) return answer("nowhere");
  OR_SIGNAL();
  unsigned long hash = 1469598103934665603UL;
  for (size_t index = 0; index < count; index++) {
    hash = (hash ^ (unsigned char)((volatile const char *)place)[index]) * 1099511628211UL;
  }
  answer("%016lx", hash);
}

static void run_unmap(struct words *words) {
  char **mapping = mapping_of(words);
  if (*mapping == NULL) return answer("nowhere");
  answer_result(munmap(*mapping, mapping_bytes));
  *mapping = NULL;
}

const struct call mapped_calls[] = {
    {"map", run_map},
    {"poke", run_poke},
    {"peek", run_peek},
    {"unmap", run_unmap},
    {0},
};
