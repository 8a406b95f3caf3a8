// A process that makes system calls for a story, as the user that it was started for. Each story runs in a child, so that no
// descriptor, lock, mapping or umask of one reaches the next. Requests and answers are lines; words are separated by tabs.
#include "agent.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char line[most_answer_bytes];
static char reply[most_answer_bytes];
static size_t reply_length;
static long last_result;

static void send_reply(void) {
  reply[reply_length++] = '\n';
  for (size_t sent = 0; sent < reply_length;) {
    ssize_t written = write(STDOUT_FILENO, reply + sent, reply_length - sent);
    if (written < 0) _exit(3);
    sent += (size_t)written;
  }
  reply_length = 0;
}

void answer(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t room = sizeof reply - 2 - reply_length;
  int length = vsnprintf(reply + reply_length, room, format, arguments);
  va_end(arguments);
  reply_length += (size_t)length < room ? (size_t)length : room - 1;
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
  last_result = result;
  if (result == -1) answer("%s", strerrorname_np(errno));
  else answer("%ld", result);
}

void refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char text[1024];
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  reply_length = 0;
  answer("wrong story: %s", text);
  send_reply();
  _exit(2);
}

/** The caller sends one line and waits for its answer, so a line never comes with a part of the next. */
static bool read_line(void) {
  size_t length = 0;
  while (length == 0 || line[length - 1] != '\n') {
    if (length == sizeof line) return false;
    ssize_t bytes = read(STDIN_FILENO, line + length, sizeof line - length);
    // A signal may be handled between two calls of the story.
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return false;
    length += (size_t)bytes;
  }
  line[length - 1] = '\0';
  return true;
}

static size_t unescape(char *text) {
  char *out = text;
  for (char *in = text; *in != '\0';) {
    unsigned byte;
    if (in[0] == '\\' && in[1] == 'x' && sscanf(in + 2, "%2x", &byte) == 1) {
      *out++ = (char)byte;
      in += 4;
    } else *out++ = *in++;
  }
  *out = '\0';
  return (size_t)(out - text);
}

static void split(struct words *words) {
  words->count = 0;
  for (char *next = line; next != NULL;) {
    if (words->count == most_words) refuse("too many words");
    char *word = strsep(&next, "\t");
    words->text[words->count] = word;
    words->length[words->count++] = unescape(word);
  }
}

static bool run_one_of(const struct call *calls, struct words *words) {
  for (; calls->name != NULL; calls++) {
    if (strcmp(calls->name, words->text[0]) != 0) continue;
    calls->run(words);
    return true;
  }
  return false;
}

static void run(struct words *words) {
  static const struct call *const tables[] = {
      data_calls,  attribute_calls, lock_calls,    directory_calls, mapping_calls,
      xattr_calls, watch_calls,     process_calls, together_calls,  beyond_calls,
  };
  for (size_t index = 0; index < sizeof tables / sizeof *tables; index++) {
    if (run_one_of(tables[index], words)) return;
  }
  if (!run_plain_call(words)) refuse("no call is named %s", words->text[0]);
}

/** `CALL ... as NAME` names what the call returns. */
static void run_and_name(struct words *words) {
  const char *name = NULL;
  if (words->count >= 3 && strcmp(words->text[words->count - 2], "as") == 0) {
    name = words->text[words->count - 1];
    words->count -= 2;
  }
  last_result = -1;
  run(words);
  if (name != NULL && last_result != -1) remember(name, last_result);
}

static void play_story(const char *directory) {
  // The agent waits for its child, so nobody else would end a child that hangs.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  umask(0);
  if (chdir(directory) != 0) refuse("%s cannot be entered", directory);
  answer("%d", getpid());
  send_reply();
  struct words words;
  while (read_line()) {
    split(&words);
    run_and_name(&words);
    send_reply();
  }
  _exit(0);
}

static void become(const char *uid, const char *gid, const char *groups) {
  gid_t others[8];
  size_t count = 0;
  char *list = strdup(groups);
  for (char *group; (group = strsep(&list, ",")) != NULL;) {
    if (*group != '\0' && count < 8) others[count++] = (gid_t)atol(group);
  }
  uid_t user = (uid_t)atol(uid);
  gid_t own = (gid_t)atol(gid);
  if (setgroups(count, others) || setresgid(own, own, own) || setresuid(user, user, user)) _exit(4);
}

int main(int count, char **arguments) {
  if (count == 4) become(arguments[1], arguments[2], arguments[3]);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (read_line()) {
    pid_t child = fork();
    if (child == 0) play_story(line);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) answer("died SIG%s", sigabbrev_np(WTERMSIG(status)));
    else answer("ended %d", WEXITSTATUS(status));
    send_reply();
  }
  return 0;
}
