// A process that makes system calls for a story, as the user that it was started for. Each story runs in a child, so that no
// descriptor, lock, mapping or umask of one reaches the next.
#include "agent.h"

#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void play_story(const char *directory) {
  // The agent waits for its child, so nobody else would end a child that hangs.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  umask(0);
  if (chdir(directory) != 0) refuse("%s cannot be entered", directory);
  answer("%d", getpid());
  end_answer();
  struct words words;
  for (char *line; (line = read_line()) != NULL;) {
    split(line, &words);
    run_and_name(&words);
    end_answer();
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
  for (char *directory; (directory = read_line()) != NULL;) {
    pid_t child = fork();
    if (child == 0) play_story(directory);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) answer("died SIG%s", sigabbrev_np(WTERMSIG(status)));
    else answer("ended %d", WEXITSTATUS(status));
    end_answer();
  }
  return 0;
}
