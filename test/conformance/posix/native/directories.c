// Listings, and positions in them while entries come and go.
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most_entries = 20000, most_name_bytes = 255 };

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void answer_names(char **names, int count) {
  qsort(names, (size_t)count, sizeof *names, by_text);
  for (int index = 0; index < count; index++) {
    answer(index == 0 ? "" : ",");
    answer_bytes(names[index], strlen(names[index]));
    free(names[index]);
  }
  if (count == 0) answer("nothing");
}

/** list PATH: the names, sorted, without `.` and `..`. */
static void run_list(struct words *words) {
  static char *names[most_entries];
  DIR *directory = opendir(text_of(words, 1));
  if (directory == NULL) return answer_result(-1);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < most_entries;) {
    if (!is_dots(entry->d_name)) names[count++] = strdup(entry->d_name);
  }
  closedir(directory);
  answer_names(names, count);
}

static const char *type_name(int type) {
  return type == DT_REG ? "file" : type == DT_DIR ? "directory" : type == DT_LNK ? "symlink" : type == DT_FIFO ? "fifo"
       : type == DT_SOCK ? "socket" : type == DT_CHR ? "character" : type == DT_BLK ? "block" : "unknown";
}

/** entry PATH NAME: what the listing says of one name. */
static void run_entry(struct words *words) {
  DIR *directory = opendir(text_of(words, 1));
  if (directory == NULL) return answer_result(-1);
  struct dirent *entry = readdir(directory);
  while (entry != NULL && strcmp(entry->d_name, text_of(words, 2)) != 0) entry = readdir(directory);
  if (entry == NULL) answer("missing");
  else answer("type=%s ino=%lu", type_name(entry->d_type), entry->d_ino);
  closedir(directory);
}

/** entries-match PATH: whether every entry, `.` and `..` too, has the number and the type that lstat(2) tells of its name. */
static void run_entries_match(struct words *words) {
  DIR *directory = opendir(text_of(words, 1));
  if (directory == NULL) return answer_result(-1);
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    struct stat stat;
    if (fstatat(dirfd(directory), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0) return answer_result(-1);
    if (entry->d_ino != stat.st_ino) return answer("%s has another number", entry->d_name);
    if (entry->d_type != IFTODT(stat.st_mode)) return answer("%s has another type", entry->d_name);
  }
  closedir(directory);
  answer("yes");
}

static DIR *directory_of(struct words *words, int index) {
  long value;
  if (!recall(text_of(words, index), &value)) refuse("%s is no directory", text_of(words, index));
  return (DIR *)value;
}

/** opendir PATH, to be named */
static void run_opendir(struct words *words) {
  DIR *directory = opendir(text_of(words, 1));
  answer_result(directory == NULL ? -1 : (long)directory);
}

/** rest DIRECTORY: the names from its position on, sorted. */
static void run_rest(struct words *words) {
  static char *names[most_entries];
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory_of(words, 1))) != NULL && count < most_entries;) {
    if (!is_dots(entry->d_name)) names[count++] = strdup(entry->d_name);
  }
  answer_names(names, count);
}

/** count-rest DIRECTORY */
static void run_count_rest(struct words *words) {
  int count = 0;
  while (readdir(directory_of(words, 1)) != NULL) count++;
  answer("%d", count);
}

/** skip DIRECTORY COUNT: reads so many entries. */
static void run_skip(struct words *words) {
  for (long count = number_of(words, 2); count > 0; count--) readdir(directory_of(words, 1));
  answer("0");
}

static void run_telldir(struct words *words) { answer_result(telldir(directory_of(words, 1))); }

static void run_seekdir(struct words *words) {
  seekdir(directory_of(words, 1), number_of(words, 2));
  answer("0");
}

static void run_rewinddir(struct words *words) {
  rewinddir(directory_of(words, 1));
  answer("0");
}

static void run_closedir(struct words *words) { answer_result(closedir(directory_of(words, 1))); }

/** make-many DIRECTORY PREFIX COUNT: empty files PREFIX0, PREFIX1 and so on. */
static void run_make_many(struct words *words) {
  char path[512];
  for (long index = 0; index < number_of(words, 3); index++) {
    snprintf(path, sizeof path, "%s/%s%ld", text_of(words, 1), text_of(words, 2), index);
    int descriptor = open(path, O_CREAT | O_WRONLY | O_EXCL, 0644);
    if (descriptor < 0 || close(descriptor) != 0) return answer_result(-1);
  }
  answer("0");
}

/** every-position PATH: whether each position, gone back to, gives the entry that was read there; positions are tried backwards. */
static void run_every_position(struct words *words) {
  static struct {
    long position;
    char name[most_name_bytes + 1];
  } seen[most_entries];
  DIR *directory = opendir(text_of(words, 1));
  if (directory == NULL) return answer_result(-1);
  int count = 0;
  for (;;) {
    seen[count].position = telldir(directory);
    struct dirent *entry = readdir(directory);
    if (entry == NULL || count == most_entries - 1) break;
    strcpy(seen[count++].name, entry->d_name);
  }
  for (int index = count - 1; index >= 0; index--) {
    seekdir(directory, seen[index].position);
    struct dirent *entry = readdir(directory);
    if (entry == NULL) return answer("ends at entry %d", index);
    if (strcmp(entry->d_name, seen[index].name) != 0) return answer("differs at entry %d", index);
  }
  closedir(directory);
  answer("yes");
}

/** remove-while-listing PATH: removes each entry as it is read; how many were read. */
static void run_remove_while_listing(struct words *words) {
  DIR *directory = opendir(text_of(words, 1));
  if (directory == NULL) return answer_result(-1);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (is_dots(entry->d_name)) continue;
    if (unlinkat(dirfd(directory), entry->d_name, 0) != 0) return answer_result(-1);
    count++;
  }
  closedir(directory);
  answer("%d", count);
}

/** getdents DIRECTORY-FD BYTES: of the system call itself, whether anything came. */
static void run_getdents(struct words *words) {
  char buffer[4096];
  long length = syscall(SYS_getdents64, descriptor_of(words, 1), buffer, number_of(words, 2));
  if (length < 0) return answer_result(-1);
  answer("%s", length == 0 ? "nothing" : "entries");
}

/** count-entries PATH ROOM: how many entries come through a buffer of this size, `.` and `..` being two. */
static void run_count_entries(struct words *words) {
  char buffer[4096];
  int descriptor = open(text_of(words, 1), O_RDONLY | O_DIRECTORY), count = 0;
  for (;;) {
    long length = syscall(SYS_getdents64, descriptor, buffer, number_of(words, 2));
    if (length < 0) return answer_result(-1);
    if (length == 0) break;
    for (long at = 0; at < length; at += ((struct dirent64 *)(buffer + at))->d_reclen) count++;
  }
  close(descriptor);
  answer("%d", count);
}

/** descend NAME COUNT: makes directories within each other and goes into the last. */
static void run_descend(struct words *words) {
  for (long count = number_of(words, 2); count > 0; count--) {
    if (mkdir(text_of(words, 1), 0755) != 0 || chdir(text_of(words, 1)) != 0) return answer_result(-1);
  }
  answer("0");
}

/** ascend NAME COUNT: goes out of them again and removes each. */
static void run_ascend(struct words *words) {
  for (long count = number_of(words, 2); count > 0; count--) {
    if (chdir("..") != 0 || rmdir(text_of(words, 1)) != 0) return answer_result(-1);
  }
  answer("0");
}

/** chain NAME COUNT: symbolic links NAME1 to NAME0, NAME2 to NAME1 and so on. */
static void run_chain(struct words *words) {
  char target[64], path[64];
  for (long index = 1; index <= number_of(words, 2); index++) {
    snprintf(target, sizeof target, "%s%ld", text_of(words, 1), index - 1);
    snprintf(path, sizeof path, "%s%ld", text_of(words, 1), index);
    if (symlink(target, path) != 0) return answer_result(-1);
  }
  answer("0");
}

/** working-directory: its name in its parent, by getcwd(2). */
static void run_working_directory(struct words *words) {
  char path[4096];
  (void)words;
  if (syscall(SYS_getcwd, path, sizeof path) < 0) return answer_result(-1);
  answer("%s", strrchr(path, '/') + 1);
}

const struct call directory_calls[] = {
    {"list", run_list},
    {"entry", run_entry},
    {"entries-match", run_entries_match},
    {"opendir", run_opendir},
    {"rest", run_rest},
    {"count-rest", run_count_rest},
    {"skip", run_skip},
    {"telldir", run_telldir},
    {"seekdir", run_seekdir},
    {"rewinddir", run_rewinddir},
    {"closedir", run_closedir},
    {"make-many", run_make_many},
    {"every-position", run_every_position},
    {"remove-while-listing", run_remove_while_listing},
    {"getdents", run_getdents},
    {"count-entries", run_count_entries},
    {"descend", run_descend},
    {"ascend", run_ascend},
    {"chain", run_chain},
    {"working-directory", run_working_directory},
    {0},
};
