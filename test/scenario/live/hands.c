// The system calls on files that Node lacks, as a program of its own: what hangs in a mount then hangs there, and can be ended.
// usage: hands CALL ARGUMENT..., where arguments are hexadecimal bytes. Prints what was found; on failure the errno, as exit status.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static size_t last_length;

static char *from_hex(const char *hex) {
  size_t length = strlen(hex) / 2;
  char *bytes = malloc(length + 1);
  if (bytes == NULL) abort();
  for (size_t at = 0; at < length; at++) {
    unsigned value;
    sscanf(hex + 2 * at, "%2x", &value);
    bytes[at] = (char)value;
  }
  bytes[length] = 0;
  last_length = length;
  return bytes;
}

static void print_hex(const char *bytes, size_t length) {
  for (size_t at = 0; at < length; at++) printf("%02x", (unsigned char)bytes[at]);
}

// One line for each: path, name and value.
static int list_xattrs(const char *path) {
  static char names[65536], value[65536];
  ssize_t length = llistxattr(path, names, sizeof names);
  for (char *name = names; length >= 0 && name < names + length; name += strlen(name) + 1) {
    ssize_t size = lgetxattr(path, name, value, sizeof value);
    if (size < 0) return -1;
    print_hex(path, strlen(path));
    printf(" ");
    print_hex(name, strlen(name));
    printf(" ");
    print_hex(value, (size_t)size);
    printf("\n");
  }
  return length < 0 ? -1 : 0;
}

static int list_all(void) {
  static char line[65536];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    char *path = from_hex(line);
    // What may not be read shows none.
    if (list_xattrs(path) != 0 && errno != EACCES) return -1;
    free(path);
  }
  return 0;
}

static int make_node(const char *path, const char *type) {
  mode_t kind = strcmp(type, "fifo") == 0 ? S_IFIFO
                : strcmp(type, "socket") == 0 ? S_IFSOCK
                : strcmp(type, "block-device") == 0 ? S_IFBLK
                                                    : S_IFCHR;
  return mknod(path, kind | 0644, kind == S_IFCHR || kind == S_IFBLK ? makedev(1, 3) : 0);
}

int main(int count, char **words) {
  if (count < 2) return 255;
  const char *call = words[1];
  if (strcmp(call, "xattrs") == 0) return list_all() == 0 ? 0 : errno;
  char *path = from_hex(count > 2 ? words[2] : "");
  char *second = from_hex(count > 3 ? words[3] : "");
  char *third = from_hex(count > 4 ? words[4] : "");
  umask(0);
  int result = -1;
  errno = EINVAL;
  if (strcmp(call, "exchange") == 0)
    result = renameat2(AT_FDCWD, path, AT_FDCWD, second, RENAME_EXCHANGE);
  else if (strcmp(call, "setxattr") == 0)
    result = lsetxattr(path, second, third, last_length, 0);
  else if (strcmp(call, "removexattr") == 0)
    result = lremovexattr(path, second);
  else if (strcmp(call, "mknod") == 0)
    result = make_node(path, second);
  return result == 0 ? 0 : errno;
}
