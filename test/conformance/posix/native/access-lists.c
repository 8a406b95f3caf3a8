// Access lists as text: `u::rw,u:64102:r,g::,m::r,o::`, for the bytes in which extended attributes carry them.
#include "access-lists.h"

#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

enum { version = 2, most_entries = 600, nobody = -1 };

struct entry {
  uint16_t tag;
  uint16_t permissions;
  uint32_t number;
};

struct list {
  uint32_t version;
  struct entry entries[most_entries];
};

static struct list list;

static const char *attribute_of(struct words *words) {
  return strcmp(text_of(words, 2), "default") == 0 ? "system.posix_acl_default" : "system.posix_acl_access";
}

static uint16_t tag_of(char letter, bool named) {
  switch (letter) {
    case 'u': return named ? 2 : 1;
    case 'g': return named ? 8 : 4;
    case 'm': return 16;
    default: return 32;
  }
}

static char letter_of(uint16_t tag) { return tag <= 2 ? 'u' : tag <= 8 ? 'g' : tag == 16 ? 'm' : 'o'; }

static uint16_t permissions_of(const char *text) {
  return (uint16_t)((strchr(text, 'r') ? 4 : 0) + (strchr(text, 'w') ? 2 : 0) + (strchr(text, 'x') ? 1 : 0));
}

static struct entry entry_of(char *text) {
  char *number = strchr(text, ':');
  char *permissions = number == NULL ? NULL : strchr(number + 1, ':');
  if (permissions == NULL) refuse("no entry: %s", text);
  bool named = permissions > number + 1;
  return (struct entry){
      .tag = htole16(tag_of(text[0], named)),
      .permissions = htole16(permissions_of(permissions + 1)),
      .number = named ? htole32((uint32_t)strtoul(number + 1, NULL, 10)) : (uint32_t)nobody,
  };
}

/** set-list PATH access|default ENTRIES */
void run_set_list(struct words *words) {
  size_t count = 0;
  list.version = htole32(version);
  for (char *text = strtok(text_of(words, 3), ","); text != NULL; text = strtok(NULL, ",")) {
    if (count == most_entries) refuse("too many entries");
    list.entries[count++] = entry_of(text);
  }
  size_t length = sizeof list.version + count * sizeof *list.entries;
  answer_result(setxattr(text_of(words, 1), attribute_of(words), &list, length, 0));
}

/** get-list PATH access|default: the same text */
void run_get_list(struct words *words) {
  ssize_t length = getxattr(text_of(words, 1), attribute_of(words), &list, sizeof list);
  if (length < 0) return answer_result(-1);
  size_t count = ((size_t)length - sizeof list.version) / sizeof *list.entries;
  for (size_t index = 0; index < count; index++) {
    struct entry *entry = &list.entries[index];
    uint16_t tag = le16toh(entry->tag), bits = le16toh(entry->permissions);
    answer("%s%c:", index == 0 ? "" : ",", letter_of(tag));
    if (tag == 2 || tag == 8) answer("%u", le32toh(entry->number));
    answer(":%s%s%s", bits & 4 ? "r" : "", bits & 2 ? "w" : "", bits & 1 ? "x" : "");
  }
}
