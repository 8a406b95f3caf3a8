// Calls on files that are kept open: a slot holds one until another is put there.
#include "fuzzer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { most_noise_bytes = 1 << 21 };

static _Alignas(4096) char bytes[most_noise_bytes];

int held_in(const char *slot) {
  long descriptor;
  return *slot == '#' && recall(slot, &descriptor) ? (int)descriptor : -1;
}

void fill_with_noise(char *into, size_t length, unsigned seed) {
  unsigned state = seed * 2654435761u + 1;
  for (size_t index = 0; index < length; index++) {
    state = state * 1664525u + 1013904223u;
    into[index] = (char)(state >> 24);
  }
}

static size_t room_for(struct words *words, int index) {
  size_t count = (size_t)number_of(words, index);
  if (count > sizeof bytes) refuse("too much at once");
  return count;
}

static void hold(struct words *words, int descriptor) {
  int before = held_in(text_of(words, 1));
  int error = errno;
  if (before >= 0) close(before);
  remember(text_of(words, 1), descriptor);
  errno = error;
  answer_result(descriptor < 0 ? -1 : 0);
}

/** hold SLOT PATH FLAGS MODE */
static void run_hold(struct words *words) {
  hold(words, open(text_of(words, 2), (int)number_of(words, 3), (mode_t)number_of(words, 4)));
}

/** hold-again SLOT SLOT: a second descriptor of the same open file. */
static void run_hold_again(struct words *words) { hold(words, dup(held_in(text_of(words, 2)))); }

/** reopen SLOT SLOT FLAGS: another open file of what the second slot holds, whatever its name is by now. */
static void run_reopen(struct words *words) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", held_in(text_of(words, 2)));
  hold(words, open(path, (int)number_of(words, 3)));
}

/** name-held SLOT PATH: gives an open file a name. */
static void run_name_held(struct words *words) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", held_in(text_of(words, 1)));
  answer_result(linkat(AT_FDCWD, path, AT_FDCWD, text_of(words, 2), AT_SYMLINK_FOLLOW));
}

static void run_drop(struct words *words) {
  int descriptor = held_in(text_of(words, 1));
  remember(text_of(words, 1), -1);
  answer_result(close(descriptor));
}

/** write-noise SLOT COUNT SEED */
static void run_write(struct words *words) {
  size_t count = room_for(words, 2);
  fill_with_noise(bytes, count, (unsigned)number_of(words, 3));
  answer_result(write(held_in(text_of(words, 1)), bytes, count));
}

/** pwrite-noise SLOT POSITION COUNT SEED FLAGS */
static void run_pwrite(struct words *words) {
  size_t count = room_for(words, 3);
  fill_with_noise(bytes, count, (unsigned)number_of(words, 4));
  struct iovec vectors[] = {{bytes, count / 3}, {bytes + count / 3, count - count / 3}};
  answer_result(pwritev2(held_in(text_of(words, 1)), vectors, 2, number_of(words, 2), (int)number_of(words, 5)));
}

static void answer_bytes_read(ssize_t length) {
  if (length < 0) return answer_result(-1);
  unsigned long hash = 1469598103934665603UL;
  for (ssize_t index = 0; index < length; index++) hash = (hash ^ (unsigned char)bytes[index]) * 1099511628211UL;
  answer("%zd bytes, %016lx", length, hash);
}

/** read-noise SLOT COUNT */
static void run_read(struct words *words) {
  size_t count = room_for(words, 2);
  answer_bytes_read(read(held_in(text_of(words, 1)), bytes, count));
}

/** pread-noise SLOT POSITION COUNT */
static void run_pread(struct words *words) {
  size_t count = room_for(words, 3);
  answer_bytes_read(pread(held_in(text_of(words, 1)), bytes, count, number_of(words, 2)));
}

/** copy SLOT POSITION SLOT POSITION COUNT: copy_file_range(2) until all is copied, as programs do; how much came of it. */
static void run_copy(struct words *words) {
  loff_t from = number_of(words, 2), to = number_of(words, 4);
  long count = number_of(words, 5), copied = 0;
  while (copied < count) {
    long some = syscall(SYS_copy_file_range, held_in(text_of(words, 1)), &from, held_in(text_of(words, 3)), &to, count - copied, 0);
    if (some < 0 && copied == 0) return answer_result(-1);
    if (some <= 0) break;
    copied += some;
  }
  answer("%ld copied", copied);
}

const struct call held_calls[] = {
    {"hold", run_hold},
    {"hold-again", run_hold_again},
    {"reopen", run_reopen},
    {"name-held", run_name_held},
    {"drop", run_drop},
    {"write-noise", run_write},
    {"pwrite-noise", run_pwrite},
    {"read-noise", run_read},
    {"pread-noise", run_pread},
    {"copy", run_copy},
    {0},
};
