// What two file systems must agree on when the same was done on them: what things are, which names are the same thing, and which of
// its times a step has changed.
#include "fuzzer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <time.h>

enum { most_things = 1 << 16, ext4_type = 0xef53 };

/** Times before this one were set by a step and are compared as they are. */
enum { first_present_second = 1577836800 };

static struct thing {
  unsigned long number;
  unsigned generation;
  struct timespec access, modification, change;
} things[most_things];
static int thing_count;

static bool numbers_come_again(void) {
  static int answer = -1;
  struct statfs here;
  if (answer < 0) answer = statfs(".", &here) == 0 && here.f_type == ext4_type;
  return answer == 1;
}

/** ext4 gives the number of what is gone to what is made next; the handle tells them apart. */
static unsigned generation_of(int directory, const char *path, int flags) {
  struct {
    struct file_handle handle;
    unsigned words[MAX_HANDLE_SZ / sizeof(unsigned)];
  } storage = {.handle.handle_bytes = MAX_HANDLE_SZ};
  int mount, follow = flags & AT_SYMLINK_NOFOLLOW ? 0 : AT_SYMLINK_FOLLOW;
  if (!numbers_come_again()) return 0;
  return name_to_handle_at(directory, path, &storage.handle, &mount, follow | (flags & AT_EMPTY_PATH)) == 0 ? storage.words[1] : 0;
}

static struct thing *thing_of(unsigned long number, unsigned generation, bool *is_new) {
  int index = thing_count - 1;
  while (index >= 0 && (things[index].number != number || things[index].generation != generation)) index--;
  *is_new = index < 0;
  if (index >= 0) return &things[index];
  if (thing_count == most_things) refuse("too many things");
  things[thing_count] = (struct thing){.number = number, .generation = generation};
  return &things[thing_count++];
}

static void answer_time(char name, struct timespec now, struct timespec *before, bool is_new) {
  struct timespec day_ahead;
  clock_gettime(CLOCK_REALTIME, &day_ahead);
  day_ahead.tv_sec += 86400;
  if (now.tv_sec < first_present_second || now.tv_sec > day_ahead.tv_sec) answer(" %c=%ld.%09ld", name, now.tv_sec, now.tv_nsec);
  else if (is_new) answer(" %c=new", name);
  else if (now.tv_sec == before->tv_sec && now.tv_nsec == before->tv_nsec) answer(" %c=same", name);
  else if (before->tv_sec > day_ahead.tv_sec) answer(" %c=later", name);
  else {
    bool later = now.tv_sec != before->tv_sec ? now.tv_sec > before->tv_sec : now.tv_nsec > before->tv_nsec;
    answer(" %c=%s", name, later ? "later" : "earlier");
  }
  *before = now;
}

void answer_what_it_is(int directory, const char *path, int flags, const struct stat *stat) {
  bool is_new;
  struct thing *thing = thing_of(stat->st_ino, generation_of(directory, path, flags), &is_new);
  answer(" | ");
  answer_bytes(path, strlen(path));
  answer(" is %ld: %06o nlink=%lu owner=%u:%u", thing - things, stat->st_mode, (unsigned long)stat->st_nlink, stat->st_uid, stat->st_gid);
  // How many bytes a directory takes is each file system's own affair.
  if (!S_ISDIR(stat->st_mode)) answer(" size=%ld", stat->st_size);
  if (S_ISCHR(stat->st_mode) || S_ISBLK(stat->st_mode)) answer(" device=%u:%u", major(stat->st_rdev), minor(stat->st_rdev));
  answer_time('a', stat->st_atim, &thing->access, is_new);
  answer_time('m', stat->st_mtim, &thing->modification, is_new);
  answer_time('c', stat->st_ctim, &thing->change, is_new);
}
