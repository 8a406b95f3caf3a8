// Extended attributes: reading and listing. Setting and removing them are plain calls.
#include "access-lists.h"
#include "agent.h"

#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

enum { most_value_bytes = 1 << 17 };

static char value[most_value_bytes];

static void answer_value(ssize_t length) {
  if (length < 0) answer_result(-1);
  else if (length > 64) answer("%zd bytes", length);
  else answer_bytes(value, (size_t)length);
}

static void run_getxattr(struct words *words) {
  answer_value(getxattr(text_of(words, 1), text_of(words, 2), value, sizeof value));
}

static void run_lgetxattr(struct words *words) {
  answer_value(lgetxattr(text_of(words, 1), text_of(words, 2), value, sizeof value));
}

static void run_fgetxattr(struct words *words) {
  answer_value(fgetxattr(descriptor_of(words, 1), text_of(words, 2), value, sizeof value));
}

/** getxattr-into PATH NAME ROOM: with a buffer of this size; 0 asks how much is needed. */
static void run_getxattr_into(struct words *words) {
  answer_result(getxattr(text_of(words, 1), text_of(words, 2), value, (size_t)number_of(words, 3)));
}

/** set-large-xattr PATH NAME COUNT: a value of so many bytes. */
static void run_set_large_xattr(struct words *words) {
  memset(value, 'v', sizeof value);
  answer_result(setxattr(text_of(words, 1), text_of(words, 2), value, (size_t)number_of(words, 3), 0));
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void answer_list(ssize_t length) {
  if (length < 0) return answer_result(-1);
  char *names[256];
  size_t count = 0;
  // Labels of a security module are none of a story's business.
  for (char *name = value; name < value + length && count < 256; name += strlen(name) + 1) {
    if (strcmp(name, "security.selinux") != 0) names[count++] = name;
  }
  qsort(names, count, sizeof *names, by_text);
  for (size_t index = 0; index < count; index++) answer("%s%s", index == 0 ? "" : ",", names[index]);
  if (count == 0) answer("nothing");
}

static void run_listxattr(struct words *words) { answer_list(listxattr(text_of(words, 1), value, sizeof value)); }
static void run_llistxattr(struct words *words) { answer_list(llistxattr(text_of(words, 1), value, sizeof value)); }

/** listxattr-into PATH ROOM */
static void run_listxattr_into(struct words *words) {
  answer_result(listxattr(text_of(words, 1), value, (size_t)number_of(words, 2)));
}

const struct call xattr_calls[] = {
    {"getxattr", run_getxattr},
    {"lgetxattr", run_lgetxattr},
    {"fgetxattr", run_fgetxattr},
    {"getxattr-into", run_getxattr_into},
    {"set-large-xattr", run_set_large_xattr},
    {"listxattr", run_listxattr},
    {"llistxattr", run_llistxattr},
    {"listxattr-into", run_listxattr_into},
    {"set-list", run_set_list},
    {"get-list", run_get_list},
    {0},
};
