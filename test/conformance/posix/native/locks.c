// Locks of fcntl(2), of the process and of the open file description. flock(2) is a plain call.
#include "agent.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/** FD KIND START COUNT */
static struct flock lock_of(struct words *words) {
  return (struct flock){
      .l_type = (short)number_of(words, 2),
      .l_whence = SEEK_SET,
      .l_start = number_of(words, 3),
      .l_len = number_of(words, 4),
  };
}

static void set_lock(struct words *words, int command) {
  struct flock lock = lock_of(words);
  answer_result(fcntl(descriptor_of(words, 1), command, &lock));
}

static void run_setlk(struct words *words) { set_lock(words, F_SETLK); }
static void run_setlkw(struct words *words) { set_lock(words, F_SETLKW); }
static void run_ofd_setlk(struct words *words) { set_lock(words, F_OFD_SETLK); }
static void run_ofd_setlkw(struct words *words) { set_lock(words, F_OFD_SETLKW); }

/** What is in the way: `free`, or the kind of lock, its range and whose it is. */
static void get_lock(struct words *words, int command) {
  struct flock lock = lock_of(words);
  if (fcntl(descriptor_of(words, 1), command, &lock) != 0) return answer_result(-1);
  if (lock.l_type == F_UNLCK) return answer("free");
  const char *holder = lock.l_pid == -1 ? "description" : lock.l_pid == getpid() ? "itself" : "process";
  answer("%s start=%ld count=%ld holder=%s", lock.l_type == F_WRLCK ? "write" : "read", lock.l_start, lock.l_len, holder);
}

static void run_getlk(struct words *words) { get_lock(words, F_GETLK); }
static void run_ofd_getlk(struct words *words) { get_lock(words, F_OFD_GETLK); }

/** lockf FD COMMAND COUNT, the command being `lock`, `try`, `test` or `unlock`, from the descriptor's position on. */
static void run_lockf(struct words *words) {
  const char *text = text_of(words, 2);
  int command = strcmp(text, "lock") == 0 ? F_LOCK : strcmp(text, "try") == 0 ? F_TLOCK : strcmp(text, "test") == 0 ? F_TEST : F_ULOCK;
  answer_result(lockf(descriptor_of(words, 1), command, number_of(words, 3)));
}

const struct call lock_calls[] = {
    {"setlk", run_setlk},
    {"setlkw", run_setlkw},
    {"getlk", run_getlk},
    {"ofd_setlk", run_ofd_setlk},
    {"ofd_setlkw", run_ofd_setlkw},
    {"ofd_getlk", run_ofd_getlk},
    {"lockf", run_lockf},
    {0},
};
