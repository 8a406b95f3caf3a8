// The words of a request as text, numbers and descriptors, and the values that a story has named.
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static struct {
  char name[16];
  long value;
} named[most_named];
static int named_count;

void remember(const char *name, long value) {
  int index = 0;
  while (index < named_count && strcmp(named[index].name, name) != 0) index++;
  if (index == most_named || strlen(name) >= sizeof named->name) refuse("%s cannot be named", name);
  if (index == named_count) named_count++;
  strcpy(named[index].name, name);
  named[index].value = value;
}

bool recall(const char *name, long *value) {
  for (int index = 0; index < named_count; index++) {
    if (strcmp(named[index].name, name) != 0) continue;
    *value = named[index].value;
    return true;
  }
  return false;
}

char *text_of(struct words *words, int index) {
  if (index >= words->count) refuse("%s needs more words", words->text[0]);
  return words->text[index];
}

static unsigned long scale_of(const char *suffix) {
  static const char units[] = "KMGT";
  const char *unit = *suffix == '\0' ? NULL : strchr(units, *suffix);
  return unit == NULL || suffix[1] != '\0' ? 0 : 1UL << (10 * (unit - units + 1));
}

static unsigned long term(const char *text, size_t length) {
  unsigned long value;
  long remembered;
  if (constant(text, length, &value)) return value;
  char copy[64];
  if (length >= sizeof copy) refuse("%s is no number", text);
  memcpy(copy, text, length);
  copy[length] = '\0';
  if (recall(copy, &remembered)) return (unsigned long)remembered;
  char *end;
  errno = 0;
  value = strtoul(copy, &end, 0);
  if (end == copy || errno != 0) refuse("%s is no number", copy);
  if (*end == '\0') return value;
  if (scale_of(end) == 0) refuse("%s is no number", copy);
  return value * scale_of(end);
}

long number_of(struct words *words, int index) {
  unsigned long sum = 0;
  for (char *next = text_of(words, index); *next != '\0';) {
    size_t length = strcspn(next, "|+");
    sum = next[length] == '+' || (next > words->text[index] && next[-1] == '+')
              ? sum + term(next, length)
              : sum | term(next, length);
    next += length + (next[length] != '\0');
  }
  return (long)sum;
}

int descriptor_of(struct words *words, int index) {
  long value;
  const char *text = text_of(words, index);
  if (strcmp(text, "AT") == 0) return AT_FDCWD;
  return recall(text, &value) ? (int)value : (int)number_of(words, index);
}
