// Requests are lines; words are separated by tabs, and bytes that have a meaning there are written as \xHH.
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char input[most_answer_bytes];
static size_t input_start, input_end;

static char *next_line(void) {
  char *line = input + input_start, *end = memchr(line, '\n', input_end - input_start);
  if (end == NULL) return NULL;
  *end = '\0';
  input_start = (size_t)(end + 1 - input);
  return line;
}

char *read_line(void) {
  for (;;) {
    char *line = next_line();
    if (line != NULL) return line;
    flush_answers();
    memmove(input, input + input_start, input_end - input_start);
    input_end -= input_start;
    input_start = 0;
    if (input_end == sizeof input) return NULL;
    ssize_t bytes = read(STDIN_FILENO, input + input_end, sizeof input - input_end);
    // A signal may be handled between two calls of the story.
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return NULL;
    input_end += (size_t)bytes;
  }
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

void split(char *line, struct words *words) {
  words->count = 0;
  for (char *next = line; next != NULL;) {
    if (words->count == most_words) refuse("too many words");
    char *word = strsep(&next, "\t");
    words->text[words->count] = word;
    words->length[words->count++] = unescape(word);
  }
}

bool run_one_of(const struct call *calls, struct words *words) {
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

void run_and_name(struct words *words) {
  const char *name = NULL;
  if (words->count >= 3 && strcmp(words->text[words->count - 2], "as") == 0) {
    name = words->text[words->count - 1];
    words->count -= 2;
  }
  forget_last_result();
  run(words);
  if (name != NULL && last_result() != -1) remember(name, last_result());
}
