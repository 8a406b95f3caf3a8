// The loops of system calls that bench/posix measures, on whatever file system the paths lie. Prints how many nanoseconds the calls took, and
// how many things they were done to; what prepares them is not counted. In C, since the calls cost less than Node's way to them.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { name_bytes = 24 };

static char (*names)[name_bytes];
static char (*new_names)[name_bytes];
static int directory;
static long count;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void tell(long nanoseconds, long amount) { printf("%ld %ld\n", nanoseconds, amount); }

static void open_directory(char **argument) {
  directory = open(argument[0], O_RDONLY | O_DIRECTORY);
  if (directory < 0) fail(argument[0]);
  count = atol(argument[1]);
  names = calloc((size_t)count, name_bytes);
  new_names = calloc((size_t)count, name_bytes);
  for (long index = 0; index < count; index++) {
    snprintf(names[index], name_bytes, "f%ld", index);
    snprintf(new_names[index], name_bytes, "g%ld", index);
  }
}

// make DIRECTORY COUNT: empty files, without opening them.
static void make(void) {
  for (long index = 0; index < count; index++)
    if (mknodat(directory, names[index], S_IFREG | 0644, 0) < 0) fail("mknod");
}

static void look(void) {
  struct stat status;
  for (long index = 0; index < count; index++)
    if (fstatat(directory, names[index], &status, AT_SYMLINK_NOFOLLOW) < 0) fail("stat");
}

static void open_and_close(void) {
  for (long index = 0; index < count; index++) {
    int file = openat(directory, names[index], O_RDONLY);
    if (file < 0 || close(file) < 0) fail("open");
  }
}

static void create(void) {
  static char bytes[4096];
  for (long index = 0; index < count; index++) {
    // No two files are alike.
    memcpy(bytes, &index, sizeof index);
    int file = openat(directory, names[index], O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (file < 0 || write(file, bytes, sizeof bytes) != sizeof bytes || close(file) < 0) fail("create");
  }
}

// rename DIRECTORY COUNT: to another name, and back.
static void rename_all(void) {
  for (long index = 0; index < count / 2; index++)
    if (renameat(directory, names[index], directory, new_names[index]) < 0) fail("rename");
  for (long index = 0; index < count / 2; index++)
    if (renameat(directory, new_names[index], directory, names[index]) < 0) fail("rename");
}

static void unlink_all(void) {
  for (long index = 0; index < count; index++)
    if (unlinkat(directory, names[index], 0) < 0) fail("unlink");
}

static void on_names(char **argument, void (*calls)(void)) {
  open_directory(argument);
  long start = now();
  calls();
  tell(now() - start, count);
}

// list DIRECTORY
static void list(char **argument) {
  long start = now(), entries = 0;
  DIR *stream = opendir(argument[0]);
  if (stream == NULL) fail(argument[0]);
  while (readdir(stream) != NULL) entries++;
  closedir(stream);
  tell(now() - start, entries);
}

static char *aligned(size_t bytes) {
  void *memory;
  if (posix_memalign(&memory, 4096, bytes) != 0) fail("memory");
  memset(memory, 1, bytes);
  return memory;
}

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  return *state ^= *state << 17;
}

// read FILE PIECE TOTAL sequential|random: of the first TOTAL bytes of the file; random reads are a quarter of them.
static void read_pieces(char **argument) {
  size_t piece = (size_t)atol(argument[1]);
  long pieces = atol(argument[2]) / (long)piece;
  int random = strcmp(argument[3], "random") == 0;
  char *bytes = aligned(piece);
  uint64_t state = 88172645463325252u;
  int file = open(argument[0], O_RDONLY);
  if (file < 0) fail(argument[0]);
  long reads = random ? pieces / 4 : pieces, start = now();
  for (long index = 0; index < reads; index++) {
    long at = random ? (long)(next_random(&state) % (uint64_t)pieces) : index;
    if (pread(file, bytes, piece, at * (long)piece) != (ssize_t)piece) fail("read");
  }
  close(file);
  tell(now() - start, reads * (long)piece);
}

// write FILE PIECE TOTAL new|over: from the beginning on, and the close.
static void write_pieces(char **argument) {
  size_t piece = (size_t)atol(argument[1]);
  long total = atol(argument[2]);
  int flags = O_WRONLY | (strcmp(argument[3], "new") == 0 ? O_CREAT | O_EXCL : 0);
  char *bytes = aligned(piece);
  uint64_t state = (uint64_t)now();
  long start = now();
  int file = open(argument[0], flags, 0644);
  if (file < 0) fail(argument[0]);
  for (long at = 0; at < total; at += (long)piece) {
    // No two blocks are alike, nor like those of the last time.
    for (size_t block = 0; block < piece; block += 65536) {
      uint64_t random = next_random(&state);
      memcpy(bytes + block, &random, sizeof random);
    }
    if (pwrite(file, bytes, piece, at) != (ssize_t)piece) fail("write");
  }
  if (close(file) < 0) fail("close");
  tell(now() - start, total);
}

int main(int arguments, char **argument) {
  if (arguments < 3) return 2;
  const char *what = argument[1];
  char **rest = argument + 2;
  if (strcmp(what, "make") == 0) on_names(rest, make);
  else if (strcmp(what, "stat") == 0) on_names(rest, look);
  else if (strcmp(what, "open") == 0) on_names(rest, open_and_close);
  else if (strcmp(what, "create") == 0) on_names(rest, create);
  else if (strcmp(what, "rename") == 0) on_names(rest, rename_all);
  else if (strcmp(what, "unlink") == 0) on_names(rest, unlink_all);
  else if (strcmp(what, "list") == 0) list(rest);
  else if (strcmp(what, "read") == 0) read_pieces(rest);
  else if (strcmp(what, "write") == 0) write_pieces(rest);
  else return 2;
  return 0;
}
