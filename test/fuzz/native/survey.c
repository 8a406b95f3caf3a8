// Everything below the working directory, in the order of names: attributes, extended attributes, targets, contents and holes.
#include "fuzzer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { piece_bytes = 1 << 16, whole_up_to = 1 << 22, most_samples = 64, most_list_bytes = 1 << 16 };

static char piece[piece_bytes];
static bool exact;

static unsigned long hash_more(unsigned long hash, const char *bytes, size_t length) {
  for (size_t index = 0; index < length; index++) hash = (hash ^ (unsigned char)bytes[index]) * 1099511628211UL;
  return hash;
}

/** Large files are sparse: looked at in a few places. */
static unsigned long hash_of_content(int descriptor, long size) {
  long step = size <= whole_up_to ? piece_bytes : (size - piece_bytes) / most_samples;
  unsigned long hash = 1469598103934665603UL;
  for (long position = 0; position < size; position += step) {
    ssize_t length = pread(descriptor, piece, sizeof piece, position);
    if (length < 0) return (unsigned long)errno;
    hash = hash_more(hash, piece, (size_t)length);
  }
  return hash;
}

static bool is_zero(const char *bytes, ssize_t length) {
  for (ssize_t index = 0; index < length; index++) {
    if (bytes[index] != 0) return false;
  }
  return true;
}

/** Which ranges are holes is each file system's own affair, but they read as zeros, and come to an end at the size. */
static const char *holes_of(int descriptor, long size) {
  for (long position = 0; position < size;) {
    long hole = lseek(descriptor, position, SEEK_HOLE);
    if (hole < position || hole > size) return "lost";
    if (hole == size) break;
    long data = lseek(descriptor, hole, SEEK_DATA);
    if (data < 0) data = errno == ENXIO ? size : -1;
    if (data <= hole) return "empty";
    ssize_t length = pread(descriptor, piece, data - hole < piece_bytes ? (size_t)(data - hole) : piece_bytes, hole);
    if (length < 0 || !is_zero(piece, length)) return "full";
    position = data;
  }
  return "sound";
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void answer_xattrs(const char *path) {
  static char list[most_list_bytes];
  ssize_t length = llistxattr(path, list, sizeof list);
  char *names[128];
  size_t count = 0;
  for (char *name = list; name < list + length && count < 128; name += strlen(name) + 1) names[count++] = name;
  qsort(names, count, sizeof *names, by_text);
  for (size_t index = 0; index < count; index++) {
    if (strcmp(names[index], "security.selinux") == 0) continue;
    ssize_t bytes = lgetxattr(path, names[index], piece, sizeof piece);
    answer(" %s=%zd:%016lx", names[index], bytes, hash_more(7, piece, bytes < 0 ? 0 : (size_t)bytes));
  }
}

static void answer_target(const char *path) {
  char target[5000];
  ssize_t length = readlink(path, target, sizeof target);
  answer(" to ");
  answer_bytes(target, length < 0 ? 0 : (size_t)length);
}

/** Without a trace, where that is allowed. */
static int open_to_look(const char *path, int flags) {
  int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NOATIME | flags);
  return descriptor < 0 && errno == EPERM ? open(path, O_RDONLY | O_NOFOLLOW | flags) : descriptor;
}

static void answer_content(const char *path, long size) {
  int descriptor = open_to_look(path, 0);
  if (descriptor < 0) return answer(" unreadable: %s", strerrorname_np(errno));
  answer(" holds %016lx, holes %s", hash_of_content(descriptor, size), holes_of(descriptor, size));
  close(descriptor);
}

static void answer_entry(const char *path, const struct dirent *entry);

static void answer_directory(const char *path) {
  int descriptor = open_to_look(path, O_DIRECTORY);
  DIR *directory = descriptor < 0 ? NULL : fdopendir(descriptor);
  if (directory == NULL) return answer(" unreadable: %s", strerrorname_np(errno));
  struct dirent *entries[4096];
  size_t count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < 4096;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    struct dirent *copy = malloc(sizeof *copy);
    memcpy(copy, entry, entry->d_reclen < sizeof *copy ? entry->d_reclen : sizeof *copy);
    entries[count++] = copy;
  }
  closedir(directory);
  char *names[4096];
  for (size_t index = 0; index < count; index++) names[index] = entries[index]->d_name;
  qsort(names, count, sizeof *names, by_text);
  for (size_t index = 0; index < count; index++) {
    const struct dirent *entry = (const struct dirent *)(names[index] - offsetof(struct dirent, d_name));
    char below[8192];
    snprintf(below, sizeof below, "%s/%s", path, names[index]);
    answer_entry(below, entry);
  }
  for (size_t index = 0; index < count; index++) free(entries[index]);
}

/** Everything that lstat(2) says, which two mounts of one network must agree on. */
static void answer_exactly(const char *path, const struct stat *stat) {
  answer(" | ");
  answer_bytes(path, strlen(path));
  answer(" %lu %06o %lu %u:%u %ld", stat->st_ino, stat->st_mode, (unsigned long)stat->st_nlink, stat->st_uid, stat->st_gid, stat->st_size);
  const struct timespec times[] = {stat->st_atim, stat->st_mtim, stat->st_ctim};
  for (int index = 0; index < 3; index++) answer(" %ld.%09ld", times[index].tv_sec, times[index].tv_nsec);
}

static void answer_entry(const char *path, const struct dirent *entry) {
  struct stat stat;
  if (lstat(path, &stat) != 0) {
    answer(" | ");
    answer_bytes(path, strlen(path));
    return answer(" is listed: %s", strerrorname_np(errno));
  }
  if (exact) answer_exactly(path, &stat);
  else answer_what_it_is(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &stat);
  if (entry->d_ino != stat.st_ino || entry->d_type != IFTODT(stat.st_mode)) answer(" listed as another");
  answer_xattrs(path);
  if (S_ISLNK(stat.st_mode)) answer_target(path);
  if (S_ISREG(stat.st_mode) && !exact) answer_content(path, stat.st_size);
  if (S_ISDIR(stat.st_mode)) answer_directory(path);
}

/** survey: the whole tree. */
static void run_survey(struct words *words) {
  (void)words;
  answer_directory(".");
}

/** exact-survey: the whole tree but for contents, with numbers and times as they are. */
static void run_exact_survey(struct words *words) {
  exact = true;
  run_survey(words);
  exact = false;
}

/** survey-held SLOT: the content of what is open, also when it has no name any more. */
static void run_survey_held(struct words *words) {
  struct stat stat;
  int descriptor = held_in(text_of(words, 1));
  if (fstat(descriptor, &stat) != 0) return answer_result(-1);
  if (S_ISREG(stat.st_mode)) answer("holds %016lx", hash_of_content(descriptor, stat.st_size));
  else answer("no file");
}

/** look PATH...: nothing but what is told of all that is named. */
static void run_look(struct words *words) { (void)words; }

const struct call survey_calls[] = {
    {"survey", run_survey},
    {"survey-held", run_survey_held},
    {"exact-survey", run_exact_survey},
    {"look", run_look},
    {0},
};
