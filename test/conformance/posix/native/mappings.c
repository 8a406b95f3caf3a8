// mmap(2): what processes see through memory, and the signal where there is no file behind it.
#include "agent.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

static sigjmp_buf before_access;

static void on_bad_access(int signal) { siglongjmp(before_access, signal); }

/** True when the access was made; otherwise the answer is the signal. */
#define TRY(access)                                                                                                              \
  do {                                                                                                                           \
    signal(SIGBUS, on_bad_access);                                                                                               \
    signal(SIGSEGV, on_bad_access);                                                                                              \
    int caught = sigsetjmp(before_access, 1);                                                                                    \
    if (caught != 0) return answer("SIG%s", sigabbrev_np(caught));                                                               \
    access;                                                                                                                      \
  } while (0)

static char *address_of(struct words *words, int index) {
  long value;
  if (!recall(text_of(words, index), &value)) refuse("%s is no mapping", text_of(words, index));
  return (char *)value;
}

/** mmap FD COUNT PROTECTION FLAGS POSITION, to be named */
static void run_mmap(struct words *words) {
  void *address = mmap(NULL, (size_t)number_of(words, 2), (int)number_of(words, 3), (int)number_of(words, 4),
                       descriptor_of(words, 1), number_of(words, 5));
  answer_result((long)address);
}

/** peek MAPPING POSITION COUNT */
static void run_peek(struct words *words) {
  char bytes[4096];
  size_t count = (size_t)number_of(words, 3);
  if (count > sizeof bytes) refuse("too much to peek at");
  TRY(memcpy(bytes, address_of(words, 1) + number_of(words, 2), count));
  answer_bytes(bytes, count);
}

/** poke MAPPING POSITION TEXT */
static void run_poke(struct words *words) {
  TRY(memcpy(address_of(words, 1) + number_of(words, 2), text_of(words, 3), words->length[3]));
  answer("0");
}

static void run_msync(struct words *words) {
  answer_result(msync(address_of(words, 1), (size_t)number_of(words, 2), (int)number_of(words, 3)));
}

static void run_munmap(struct words *words) { answer_result(munmap(address_of(words, 1), (size_t)number_of(words, 2))); }

static void run_mprotect(struct words *words) {
  answer_result(mprotect(address_of(words, 1), (size_t)number_of(words, 2), (int)number_of(words, 3)));
}

/** punch-mapping MAPPING COUNT: madvise(2) with MADV_REMOVE, which punches a hole into the file. */
static void run_punch_mapping(struct words *words) {
  answer_result(madvise(address_of(words, 1), (size_t)number_of(words, 2), MADV_REMOVE));
}

const struct call mapping_calls[] = {
    {"mmap", run_mmap},
    {"peek", run_peek},
    {"poke", run_poke},
    {"msync", run_msync},
    {"munmap", run_munmap},
    {"mprotect", run_mprotect},
    {"punch-mapping", run_punch_mapping},
    {0},
};
