// The bytes of files: reading, copying, and short forms for what most stories begin with.
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Buffers begin at pages, as reading and writing with O_DIRECT needs on disks.
enum { piece_bytes = 1 << 16 };

static void answer_read(const char *bytes, ssize_t length) {
  if (length < 0) answer_result(-1);
  else answer_bytes(bytes, (size_t)length);
}

/** read FD COUNT */
static void run_read(struct words *words) {
  static _Alignas(4096) char bytes[piece_bytes];
  size_t count = (size_t)number_of(words, 2);
  if (count > sizeof bytes) refuse("too much to read");
  answer_read(bytes, read(descriptor_of(words, 1), bytes, count));
}

/** pread FD COUNT POSITION */
static void run_pread(struct words *words) {
  static _Alignas(4096) char bytes[piece_bytes];
  size_t count = (size_t)number_of(words, 2);
  if (count > sizeof bytes) refuse("too much to read");
  answer_read(bytes, pread(descriptor_of(words, 1), bytes, count, number_of(words, 3)));
}

/** pwritev2 FD BYTES POSITION FLAGS */
static void run_pwritev2(struct words *words) {
  struct iovec vector = {text_of(words, 2), words->length[2]};
  answer_result(pwritev2(descriptor_of(words, 1), &vector, 1, number_of(words, 3), (int)number_of(words, 4)));
}

/** preadv FD COUNT COUNT POSITION: what two buffers get, one after the other */
static void run_preadv(struct words *words) {
  static _Alignas(4096) char bytes[piece_bytes];
  size_t first = (size_t)number_of(words, 2), second = (size_t)number_of(words, 3);
  if (first + second > sizeof bytes) refuse("too much to read");
  struct iovec vectors[] = {{bytes, first}, {bytes + first, second}};
  answer_read(bytes, preadv(descriptor_of(words, 1), vectors, 2, number_of(words, 4)));
}

/** fill FD POSITION COUNT BYTE: writes the byte so many times. */
static void run_fill(struct words *words) {
  int descriptor = descriptor_of(words, 1);
  long position = number_of(words, 2), end = position + number_of(words, 3);
  static _Alignas(4096) char bytes[piece_bytes];
  memset(bytes, *text_of(words, 4), sizeof bytes);
  while (position < end) {
    size_t wanted = end - position < piece_bytes ? (size_t)(end - position) : piece_bytes;
    ssize_t written = pwrite(descriptor, bytes, wanted, position);
    if (written <= 0) return answer_result(-1);
    position += written;
  }
  answer("0");
}

/** holds FD POSITION COUNT BYTE: `yes`, or where there is another byte or the end. BYTE `0` is the zero byte. */
static void run_holds(struct words *words) {
  int descriptor = descriptor_of(words, 1);
  long position = number_of(words, 2), end = position + number_of(words, 3);
  char byte = strcmp(text_of(words, 4), "0") == 0 ? '\0' : *text_of(words, 4);
  static _Alignas(4096) char bytes[piece_bytes];
  while (position < end) {
    size_t wanted = end - position < piece_bytes ? (size_t)(end - position) : piece_bytes;
    ssize_t length = pread(descriptor, bytes, wanted, position);
    if (length < 0) return answer_result(-1);
    if (length == 0) return answer("ends at %ld", position);
    for (ssize_t index = 0; index < length; index++) {
      if (bytes[index] != byte) return answer("differs at %ld", position + index);
    }
    position += length;
  }
  answer("yes");
}

/** put PATH TEXT: a file with this text, made or emptied. */
static void run_put(struct words *words) {
  int descriptor = open(text_of(words, 1), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (descriptor < 0) return answer_result(-1);
  text_of(words, 2);
  ssize_t written = write(descriptor, words->text[2], words->length[2]);
  if (close(descriptor) != 0 || written != (ssize_t)words->length[2]) return answer_result(-1);
  answer("0");
}

/** cat PATH */
static void run_cat(struct words *words) {
  static _Alignas(4096) char bytes[piece_bytes];
  int descriptor = open(text_of(words, 1), O_RDONLY);
  if (descriptor < 0) return answer_result(-1);
  ssize_t length = read(descriptor, bytes, sizeof bytes);
  answer_read(bytes, length);
  close(descriptor);
}

/** install PATH FROM MODE: a copy of a file from outside. */
static void run_install(struct words *words) {
  static _Alignas(4096) char bytes[piece_bytes];
  int from = open(text_of(words, 2), O_RDONLY);
  int to = open(text_of(words, 1), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (from < 0 || to < 0) return answer_result(-1);
  for (ssize_t length; (length = read(from, bytes, sizeof bytes)) > 0;) {
    if (write(to, bytes, (size_t)length) != length) return answer_result(-1);
  }
  fchmod(to, (mode_t)number_of(words, 3));
  close(from);
  answer_result(close(to));
}

static loff_t *position_at(struct words *words, int index, loff_t *position) {
  if (strcmp(text_of(words, index), "-") == 0) return NULL;
  *position = number_of(words, index);
  return position;
}

/** copy_file_range FD POSITION FD POSITION COUNT FLAGS, a position of `-` being the descriptor's own. */
static void run_copy_file_range(struct words *words) {
  loff_t from, to;
  long copied = syscall(SYS_copy_file_range, descriptor_of(words, 1), position_at(words, 2, &from), descriptor_of(words, 3),
                        position_at(words, 4, &to), number_of(words, 5), number_of(words, 6));
  answer_result(copied);
}

/** sendfile TO FROM POSITION COUNT */
static void run_sendfile(struct words *words) {
  off_t position = number_of(words, 3);
  answer_result(sendfile(descriptor_of(words, 1), descriptor_of(words, 2), &position, (size_t)number_of(words, 4)));
}

/** splice FROM TO COUNT: through a pipe, as it needs one end to be. */
static void run_splice(struct words *words) {
  int ends[2];
  if (pipe(ends) != 0) return answer_result(-1);
  ssize_t length = splice(descriptor_of(words, 1), NULL, ends[1], NULL, (size_t)number_of(words, 3), 0);
  if (length > 0) length = splice(ends[0], NULL, descriptor_of(words, 2), NULL, (size_t)length, 0);
  answer_result(length);
  close(ends[0]);
  close(ends[1]);
}

/** poll FD: what is ready at once. */
static void run_poll(struct words *words) {
  struct pollfd entry = {.fd = descriptor_of(words, 1), .events = POLLIN | POLLOUT};
  if (poll(&entry, 1, 0) < 0) return answer_result(-1);
  answer("%s%s%s", entry.revents & POLLIN ? "in" : "", entry.revents & POLLOUT ? "out" : "",
         entry.revents & POLLERR ? "error" : "");
}

/** append-flag FD: whether writes go to the end. */
static void run_append_flag(struct words *words) {
  answer("%s", fcntl(descriptor_of(words, 1), F_GETFL) & O_APPEND ? "yes" : "no");
}

const struct call data_calls[] = {
    {"read", run_read},
    {"pread", run_pread},
    {"preadv", run_preadv},
    {"pwritev2", run_pwritev2},
    {"fill", run_fill},
    {"holds", run_holds},
    {"put", run_put},
    {"cat", run_cat},
    {"install", run_install},
    {"copy_file_range", run_copy_file_range},
    {"sendfile", run_sendfile},
    {"splice", run_splice},
    {"poll", run_poll},
    {"append-flag", run_append_flag},
    {0},
};
