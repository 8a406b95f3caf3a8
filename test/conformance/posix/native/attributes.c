// What stat(2) and its relatives say, and which times a call has changed.
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { most_marks = 32 };

static const char *type_of(unsigned mode) {
  switch (mode & S_IFMT) {
  case S_IFREG: return "file";
  case S_IFDIR: return "directory";
  case S_IFLNK: return "symlink";
  case S_IFIFO: return "fifo";
  case S_IFSOCK: return "socket";
  case S_IFCHR: return "character";
  default: return "block";
  }
}

static void answer_attributes(int result, const struct stat *stat) {
  if (result != 0) return answer_result(-1);
  answer("type=%s mode=%04o nlink=%lu uid=%u gid=%u size=%ld blocks=%ld ino=%lu rdev=%u:%u", type_of(stat->st_mode),
         stat->st_mode & 07777, (unsigned long)stat->st_nlink, stat->st_uid, stat->st_gid, stat->st_size, stat->st_blocks,
         stat->st_ino, major(stat->st_rdev), minor(stat->st_rdev));
  answer(" atime=%ld.%09ld mtime=%ld.%09ld blksize=%ld", stat->st_atim.tv_sec, stat->st_atim.tv_nsec, stat->st_mtim.tv_sec,
         stat->st_mtim.tv_nsec, stat->st_blksize);
}

static void run_stat(struct words *words) {
  struct stat buffer;
  answer_attributes(stat(text_of(words, 1), &buffer), &buffer);
}

static void run_lstat(struct words *words) {
  struct stat buffer;
  answer_attributes(lstat(text_of(words, 1), &buffer), &buffer);
}

static void run_fstat(struct words *words) {
  struct stat buffer;
  answer_attributes(fstat(descriptor_of(words, 1), &buffer), &buffer);
}

static void run_fstatat(struct words *words) {
  struct stat buffer;
  answer_attributes(fstatat(descriptor_of(words, 1), text_of(words, 2), &buffer, (int)number_of(words, 3)), &buffer);
}

/** statx DIRECTORY PATH FLAGS */
static void run_statx(struct words *words) {
  struct statx buffer;
  int result = statx(descriptor_of(words, 1), text_of(words, 2), (int)number_of(words, 3), STATX_BASIC_STATS | STATX_BTIME, &buffer);
  if (result != 0) return answer_result(-1);
  bool basic = (buffer.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS;
  answer("basic=%s birth=%s type=%s size=%llu mount-root=%s", basic ? "all" : "some", buffer.stx_mask & STATX_BTIME ? "yes" : "no",
         type_of(buffer.stx_mode), buffer.stx_size, buffer.stx_attributes & STATX_ATTR_MOUNT_ROOT ? "yes" : "no");
}

/** same-file PATH PATH: whether both are one thing, a symbolic link being itself. */
static void run_same_file(struct words *words) {
  struct stat a, b;
  if (lstat(text_of(words, 1), &a) != 0 || lstat(text_of(words, 2), &b) != 0) return answer_result(-1);
  answer("%s", a.st_ino == b.st_ino && a.st_dev == b.st_dev ? "yes" : "no");
}

/** blocks PATH: `none`, `some` less than its size, or `all`. */
static void run_blocks(struct words *words) {
  struct stat buffer;
  if (stat(text_of(words, 1), &buffer) != 0) return answer_result(-1);
  long bytes = buffer.st_blocks * 512;
  answer("%s", bytes == 0 ? "none" : bytes < buffer.st_size ? "some" : "all");
}

static void run_statfs(struct words *words) {
  struct statfs buffer;
  if (statfs(text_of(words, 1), &buffer) != 0) return answer_result(-1);
  bool sane = buffer.f_bavail <= buffer.f_bfree && buffer.f_bfree <= buffer.f_blocks && buffer.f_ffree <= buffer.f_files;
  answer("name=%ld sane=%s room=%s block=%s", buffer.f_namelen, sane ? "yes" : "no", buffer.f_bavail > 0 ? "yes" : "no",
         buffer.f_bsize >= 512 ? "yes" : "no");
}

/** readlink PATH, or readlinkat DIRECTORY PATH */
static void run_readlink(struct words *words) {
  char target[5000];
  bool at = strcmp(words->text[0], "readlinkat") == 0;
  ssize_t length = readlinkat(at ? descriptor_of(words, 1) : AT_FDCWD, text_of(words, at ? 2 : 1), target, sizeof target);
  if (length < 0) answer_result(-1);
  else answer_bytes(target, (size_t)length);
}

static struct timespec time_of(struct words *words, int index) {
  const char *text = text_of(words, index);
  if (strcmp(text, "now") == 0) return (struct timespec){0, UTIME_NOW};
  if (strcmp(text, "omit") == 0) return (struct timespec){0, UTIME_OMIT};
  struct timespec time = {0, 0};
  if (sscanf(text, "%ld.%ld", &time.tv_sec, &time.tv_nsec) < 1) refuse("%s is no time", text);
  return time;
}

/** utimensat DIRECTORY PATH ATIME MTIME FLAGS: times are `now`, `omit` or SECONDS.NANOSECONDS; a path of NULL is the descriptor. */
static void run_utimensat(struct words *words) {
  struct timespec times[] = {time_of(words, 3), time_of(words, 4)};
  const char *path = strcmp(text_of(words, 2), "NULL") == 0 ? NULL : text_of(words, 2);
  answer_result(syscall(SYS_utimensat, descriptor_of(words, 1), path, times, number_of(words, 5)));
}

/** openat2 DIRECTORY PATH FLAGS MODE RESOLVE */
static void run_openat2(struct words *words) {
  struct open_how how = {(uint64_t)number_of(words, 3), (uint64_t)number_of(words, 4), (uint64_t)number_of(words, 5)};
  answer_result(syscall(SYS_openat2, descriptor_of(words, 1), text_of(words, 2), &how, sizeof how));
}

static struct {
  char path[64];
  struct stat stat;
} marks[most_marks];
static int mark_count;

void wait_for_tick(void) {
  struct timespec start, now;
  clock_gettime(CLOCK_REALTIME_COARSE, &start);
  do {
    usleep(500);
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
  } while (now.tv_sec == start.tv_sec && now.tv_nsec == start.tv_nsec);
}

/** mark PATH...: keeps their times, and waits until the clock of files has gone on, so that a change shows. */
static void run_mark(struct words *words) {
  for (int index = 1; index < words->count; index++) {
    if (mark_count == most_marks || strlen(words->text[index]) >= sizeof marks->path) refuse("cannot be marked");
    strcpy(marks[mark_count].path, words->text[index]);
    if (lstat(words->text[index], &marks[mark_count++].stat) != 0) return answer_result(-1);
  }
  wait_for_tick();
  answer("0");
}

static bool later(struct timespec now, struct timespec before) {
  return now.tv_sec != before.tv_sec ? now.tv_sec > before.tv_sec : now.tv_nsec > before.tv_nsec;
}

/** changed PATH [MARKED]: which times are later than when it was marked, under the name that it had then. */
static void run_changed(struct words *words) {
  const char *marked = text_of(words, words->count - 1);
  struct stat now;
  if (lstat(text_of(words, 1), &now) != 0) return answer_result(-1);
  int index = mark_count - 1;
  while (index >= 0 && strcmp(marks[index].path, marked) != 0) index--;
  if (index < 0) refuse("%s was not marked", marked);
  const struct stat *before = &marks[index].stat;
  char names[32] = "";
  if (later(now.st_atim, before->st_atim)) strcat(names, "+atime");
  if (later(now.st_mtim, before->st_mtim)) strcat(names, "+mtime");
  if (later(now.st_ctim, before->st_ctim)) strcat(names, "+ctime");
  answer("%s", *names == '\0' ? "nothing" : names + 1);
}

const struct call attribute_calls[] = {
    {"stat", run_stat},
    {"lstat", run_lstat},
    {"fstat", run_fstat},
    {"fstatat", run_fstatat},
    {"statx", run_statx},
    {"same-file", run_same_file},
    {"blocks", run_blocks},
    {"statfs", run_statfs},
    {"readlink", run_readlink},
    {"readlinkat", run_readlink},
    {"utimensat", run_utimensat},
    {"openat2", run_openat2},
    {"mark", run_mark},
    {"changed", run_changed},
    {0},
};
