// What the agent says: a line per request, kept back while more requests wait, so that a batch of them costs few writes.
#include "agent.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char replies[2 * most_answer_bytes];
static size_t replies_length, reply_start;
static long result_of_call;

void flush_answers(void) {
  for (size_t sent = 0; sent < reply_start;) {
    ssize_t written = write(STDOUT_FILENO, replies + sent, reply_start - sent);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(3);
    sent += (size_t)written;
  }
  replies_length = reply_start = 0;
}

void end_answer(void) {
  replies[replies_length++] = '\n';
  reply_start = replies_length;
  if (replies_length > most_answer_bytes) flush_answers();
}

void answer(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t room = sizeof replies - 2 - replies_length;
  int length = vsnprintf(replies + replies_length, room, format, arguments);
  va_end(arguments);
  replies_length += (size_t)length < room ? (size_t)length : room - 1;
}

void answer_bytes(const char *bytes, size_t length) {
  answer("\"");
  for (size_t index = 0; index < length; index++) {
    unsigned char byte = (unsigned char)bytes[index];
    if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\') answer("\\x%02x", byte);
    else answer("%c", byte);
  }
  answer("\"");
}

void answer_result(long result) {
  result_of_call = result;
  if (result == -1) answer("%s", strerrorname_np(errno));
  else answer("%ld", result);
}

void refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char text[1024];
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  replies_length = reply_start;
  answer("wrong story: %s", text);
  end_answer();
  flush_answers();
  _exit(2);
}

long last_result(void) { return result_of_call; }

void forget_last_result(void) { result_of_call = -1; }
