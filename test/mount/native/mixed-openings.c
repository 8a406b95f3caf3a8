// Opens one file again and again in every mode, maps it, reads, writes, truncates and punches it, all mixed, and compares each byte that it
// gets with what must be there. What is there at the end it leaves in a second file.
//   mixed-openings FILE MODEL SEED STEPS
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { most_bytes = 300 * 1024, most_files = 6, most_maps = 4, page = 4096 };

struct opening {
  int fd, mode;
};

struct map {
  char *address;
  size_t length;
  int writable;
};

static const char *path;
static char model[most_bytes];
static size_t size;
static struct opening files[most_files];
static struct map maps[most_maps];
static uint64_t state;
static long step;

static uint32_t chance(uint32_t below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return below == 0 ? 0 : (uint32_t)(state >> 33) % below;
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("step %ld: ", step);
  vprintf(format, arguments);
  printf(" (%s)\n", strerror(errno));
  va_end(arguments);
  exit(1);
}

static void compare(const char *what, const char *got, size_t position, size_t length) {
  for (size_t at = 0; at < length; at++)
    if (got[at] != model[position + at])
      fail("%s: byte %zu of %zu is %d instead of %d", what, position + at, size, got[at], model[position + at]);
}

static void grow(size_t end) {
  if (end > size) memset(model + size, 0, end - size), size = end;
}

static void fill(char *bytes, size_t length) {
  for (size_t at = 0; at < length; at++) bytes[at] = (char)('a' + chance(26));
}

static void open_one(struct opening *file) {
  static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_RDWR | O_APPEND};
  file->mode = modes[chance(6)];
  int empties = (file->mode & O_ACCMODE) != O_RDONLY && chance(12) == 0 ? O_TRUNC : 0;
  for (int at = 0; at < most_maps; at++) if (maps[at].address) empties = 0;
  file->fd = open(path, file->mode | O_CREAT | empties, 0644);
  if (file->fd < 0) fail("open %o", (unsigned)file->mode);
  if (empties) size = 0;
}

static void read_some(int fd) {
  static char bytes[most_bytes];
  size_t position = chance((uint32_t)size + 100), wanted = 1 + chance(most_bytes - 1);
  ssize_t got = pread(fd, bytes, wanted, (off_t)position);
  size_t there = position < size ? size - position : 0;
  if (got != (ssize_t)(there < wanted ? there : wanted)) fail("read %zu at %zu: %zd", wanted, position, got);
  compare("read", bytes, position, (size_t)got);
}

static void write_some(struct opening *file) {
  char bytes[70000];
  size_t length = 1 + chance(chance(4) ? 500 : sizeof bytes - 1), position = chance(most_bytes - (uint32_t)length);
  if (file->mode & O_APPEND) position = size;
  if (position + length > most_bytes) return;
  fill(bytes, length);
  if (pwrite(file->fd, bytes, length, (off_t)position) != (ssize_t)length) fail("write %zu at %zu", length, position);
  grow(position + length);
  memcpy(model + position, bytes, length);
}

// A mapping must not lose the pages below it, which would be a signal.
static size_t smallest(void) {
  size_t least = 0;
  for (int at = 0; at < most_maps; at++) if (maps[at].address && maps[at].length > least) least = maps[at].length;
  return least;
}

static void truncate_it(int fd) {
  size_t least = smallest(), to = least + chance((uint32_t)(most_bytes - least));
  if (fd >= 0 ? ftruncate(fd, (off_t)to) : truncate(path, (off_t)to)) fail("truncate to %zu", to);
  if (to < size) size = to;
  grow(to);
}

static void punch(int fd) {
  if (size == 0) return;
  size_t position = chance((uint32_t)size), length = 1 + chance((uint32_t)(size - position));
  if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)position, (off_t)length)) fail("punch");
  memset(model + position, 0, length);
}

static void map_it(struct map *map, const struct opening *file) {
  if (size < page || (file->mode & O_ACCMODE) == O_WRONLY) return;
  map->length = size / page * page;
  map->writable = (file->mode & O_ACCMODE) == O_RDWR && chance(3) > 0;
  int protection = PROT_READ | (map->writable ? PROT_WRITE : 0);
  int flags = map->writable || chance(3) ? MAP_SHARED : MAP_PRIVATE;
  map->address = mmap(NULL, map->length, protection, flags, file->fd, 0);
  if (map->address == MAP_FAILED) fail("mmap");
}

static void use_map(struct map *map) {
  size_t position = chance((uint32_t)map->length), length = 1 + chance((uint32_t)(map->length - position));
  if (!map->writable || chance(2)) return compare("map", map->address + position, position, length);
  if (length > 5000) length = 5000;
  fill(map->address + position, length);
  memcpy(model + position, map->address + position, length);
  if (chance(8) == 0 && msync(map->address, map->length, MS_SYNC)) fail("msync");
}

static void unmap(struct map *map) {
  if (munmap(map->address, map->length)) fail("munmap");
  map->address = NULL;
}

static void take_step(void) {
  struct opening *file = &files[chance(most_files)];
  struct map *map = &maps[chance(most_maps)];
  if (chance(4) == 0) {
    if (map->address) return chance(4) ? use_map(map) : unmap(map);
    if (file->fd >= 0) map_it(map, file);
    return;
  }
  if (file->fd < 0) return open_one(file);
  int way = file->mode & O_ACCMODE;
  struct stat seen;
  switch (chance(10)) {
  case 0: case 1:
    if (close(file->fd)) fail("close");
    file->fd = -1;
    return;
  case 2:
    if (way != O_RDONLY) return chance(3) ? truncate_it(file->fd) : truncate_it(-1);
    return;
  case 3:
    if (way != O_RDONLY) punch(file->fd);
    return;
  case 4:
    if (fstat(file->fd, &seen)) fail("fstat");
    if ((size_t)seen.st_size != size) fail("fstat says %ld, not %zu", (long)seen.st_size, size);
    return;
  case 5:
    if (way != O_RDONLY && chance(4) == 0 && fsync(file->fd)) fail("fsync");
    return;
  default:
    if (way == O_RDONLY || (way == O_RDWR && chance(2))) read_some(file->fd);
    else write_some(file);
  }
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  path = arguments[1];
  state = strtoull(arguments[3], NULL, 10) * 2654435761u + 1;
  for (int at = 0; at < most_files; at++) files[at].fd = -1;
  for (long steps = atol(arguments[4]); step < steps; step++) take_step();
  for (int at = 0; at < most_files; at++) if (files[at].fd >= 0 && close(files[at].fd)) fail("close");
  for (int at = 0; at < most_maps; at++) if (maps[at].address) unmap(&maps[at]);
  int out = open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (write(out, model, size) != (ssize_t)size) fail("model");
  return 0;
}
