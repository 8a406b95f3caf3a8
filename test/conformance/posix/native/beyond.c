// What is reached through a file system but is none of its data: sockets, memory files, file handles.
#include "agent.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int socket_at(struct words *words, struct sockaddr_un *address) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  strncpy(address->sun_path, text_of(words, 1), sizeof address->sun_path - 1);
  return socket(AF_UNIX, SOCK_STREAM, 0);
}

/** listen PATH, to be named: a socket that is bound to the path. */
static void run_listen(struct words *words) {
  struct sockaddr_un address;
  int descriptor = socket_at(words, &address);
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return answer_result(-1);
  answer_result(listen(descriptor, 1) == 0 ? descriptor : -1);
}

/** connect PATH, to be named */
static void run_connect(struct words *words) {
  struct sockaddr_un address;
  int descriptor = socket_at(words, &address);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return answer_result(-1);
  answer_result(descriptor);
}

static void run_accept(struct words *words) { answer_result(accept(descriptor_of(words, 1), NULL, NULL)); }

/** memory-file TEXT, to be named: a file of another file system. */
static void run_memory_file(struct words *words) {
  int descriptor = memfd_create("story", 0);
  if (write(descriptor, text_of(words, 1), words->length[1]) < 0) return answer_result(-1);
  answer_result(descriptor);
}

/** clone TO FROM: of FICLONE, which `cp --reflink` asks for. */
static void run_clone(struct words *words) {
  answer_result(ioctl(descriptor_of(words, 1), FICLONE, descriptor_of(words, 2)));
}

/** available FD: how many bytes are left to read, by FIONREAD. */
static void run_available(struct words *words) {
  int count = 0;
  if (ioctl(descriptor_of(words, 1), FIONREAD, &count) != 0) return answer_result(-1);
  answer("%d", count);
}

/** unknown-ioctl FD: one that nobody knows. */
static void run_unknown_ioctl(struct words *words) { answer_result(ioctl(descriptor_of(words, 1), _IO('~', 200))); }

/** open-by-handle PATH FLAGS, to be named: through its file handle, as NFS servers do. */
static void run_open_by_handle(struct words *words) {
  struct {
    struct file_handle handle;
    unsigned char bytes[MAX_HANDLE_SZ];
  } storage = {.handle.handle_bytes = MAX_HANDLE_SZ};
  int mount;
  if (name_to_handle_at(AT_FDCWD, text_of(words, 1), &storage.handle, &mount, 0) != 0) return answer_result(-1);
  int here = open(".", O_RDONLY);
  answer_result(open_by_handle_at(here, &storage.handle, (int)number_of(words, 2)));
  close(here);
}

const struct call beyond_calls[] = {
    {"listen", run_listen},
    {"connect", run_connect},
    {"accept", run_accept},
    {"memory-file", run_memory_file},
    {"clone", run_clone},
    {"available", run_available},
    {"unknown-ioctl", run_unknown_ioctl},
    {"open-by-handle", run_open_by_handle},
    {0},
};
