// Makes the system calls of a random run, one per line: whose it is, the call, its words. After each it tells, as the one who started
// it, what all that was named is like now, so that the same run on another file system can be compared step by step.
#include "fuzzer.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static bool may_be_others;

static void become(uid_t user, gid_t own, const gid_t *groups, size_t count) {
  if (geteuid() != 0 && seteuid(0) != 0) refuse("cannot be root again");
  if (setgroups(count, groups) || setegid(own) || seteuid(user)) refuse("cannot be %u", user);
}

/** `-` is who started the agent; others are UID:GID:GROUP. */
static void become_actor(const char *actor) {
  static char present[64] = "-";
  if (!may_be_others || strcmp(actor, present) == 0) return;
  unsigned user = 0, own = 0, group = 0;
  if (strcmp(actor, "-") == 0) become(0, 0, NULL, 0);
  else if (sscanf(actor, "%u:%u:%u", &user, &own, &group) == 3) become(user, own, (gid_t[]){group}, 1);
  else refuse("%s is nobody", actor);
  strcpy(present, actor);
}

static void answer_parent(const char *path) {
  char parent[5000];
  const char *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  if (length >= sizeof parent) return;
  memcpy(parent, path, length);
  strcpy(parent + length, length == 0 ? "." : "");
  struct stat stat;
  if (fstatat(AT_FDCWD, parent, &stat, 0) == 0) answer_what_it_is(AT_FDCWD, parent, 0, &stat);
}

/** What a word names, if it names anything. */
static void answer_named(const char *word) {
  struct stat stat;
  int descriptor = held_in(word);
  if (descriptor >= 0 && fstat(descriptor, &stat) == 0) answer_what_it_is(descriptor, "", AT_EMPTY_PATH, &stat);
  if (*word == '#' || *word == '%') return;
  if (fstatat(AT_FDCWD, word, &stat, AT_SYMLINK_NOFOLLOW) != 0) return;
  answer_what_it_is(AT_FDCWD, word, AT_SYMLINK_NOFOLLOW, &stat);
  answer_parent(word);
}

static void run_step(struct words *words) {
  struct words call = {.count = words->count - 1};
  memcpy(call.text, words->text + 1, sizeof *call.text * (size_t)call.count);
  memcpy(call.length, words->length + 1, sizeof *call.length * (size_t)call.count);
  become_actor(words->text[0]);
  if (!run_one_of(held_calls, &call) && !run_one_of(mapped_calls, &call) && !run_one_of(survey_calls, &call)) run_and_name(&call);
  become_actor("-");
  for (int index = 1; index < call.count; index++) answer_named(call.text[index]);
}

int main(int count, char **arguments) {
  // Older kernels date what a disk does so coarsely that a change within the same tick would not show.
  bool ticks = count == 3 && strcmp(arguments[2], "by-ticks") == 0;
  if (count < 2 || chdir(arguments[1]) != 0) return 4;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGXFSZ, SIG_IGN);
  umask(0);
  may_be_others = geteuid() == 0;
  char slot[8];
  for (int index = 0; index < most_slots; index++) {
    snprintf(slot, sizeof slot, "#%d", index);
    remember(slot, -1);
  }
  struct words words;
  for (char *line; (line = read_line()) != NULL;) {
    split(line, &words);
    if (ticks) wait_for_tick();
    run_step(&words);
    end_answer();
    // Not kept back: when a step hangs, it must be known which.
    flush_answers();
  }
  return 0;
}
