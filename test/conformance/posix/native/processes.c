// Programs and signals: what is run from the file system, and what ends a wait.
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/** The process that runs the program, once it does; or -1 with errno of execve(2). */
static pid_t start(struct words *words) {
  int ends[2], failure = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  char *arguments[most_words + 1] = {0};
  for (int index = 1; index < words->count; index++) arguments[index - 1] = words->text[index];
  pid_t child = fork();
  if (child == 0) {
    // Nothing that the program writes may come between the answers.
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execv(arguments[0], arguments);
    failure = errno;
    _exit(write(ends[1], &failure, sizeof failure) != sizeof failure);
  }
  close(ends[1]);
  ssize_t length = read(ends[0], &failure, sizeof failure);
  close(ends[0]);
  if (length != sizeof failure) return child;
  waitpid(child, NULL, 0);
  errno = failure;
  return -1;
}

/** execute PATH ARGUMENT...: `exit CODE`, the signal that ended it, or errno of execve(2). */
static void run_execute(struct words *words) {
  pid_t child = start(words);
  if (child < 0) return answer_result(-1);
  int status;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) answer("exit %d", WEXITSTATUS(status));
  else answer("SIG%s", sigabbrev_np(WTERMSIG(status)));
}

/** start PATH ARGUMENT..., to be named: goes on while it runs. */
static void run_start(struct words *words) { answer_result(start(words)); }

/** stop PROCESS */
static void run_stop(struct words *words) {
  pid_t child = (pid_t)number_of(words, 1);
  kill(child, SIGKILL);
  answer_result(waitpid(child, NULL, 0) == child ? 0 : -1);
}

static void do_nothing(int signal) { (void)signal; }

/** handle SIGNAL: it does nothing but end a wait. */
static void run_handle(struct words *words) {
  struct sigaction action = {.sa_handler = do_nothing};
  answer_result(sigaction((int)number_of(words, 1), &action, NULL));
}

/** limit-file-size COUNT: RLIMIT_FSIZE, its signal being ignored. */
static void run_limit_file_size(struct words *words) {
  struct rlimit limit = {(rlim_t)number_of(words, 1), RLIM_INFINITY};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = (rlim_t)number_of(words, 1);
  signal(SIGXFSZ, SIG_IGN);
  answer_result(setrlimit(RLIMIT_FSIZE, &limit));
}

/** fork-and-close FD: a child inherits the descriptor and closes it. */
static void run_fork_and_close(struct words *words) {
  pid_t child = fork();
  if (child == 0) _exit(close(descriptor_of(words, 1)) != 0);
  int status;
  waitpid(child, &status, 0);
  answer("exit %d", WEXITSTATUS(status));
}

/** link-descriptor FD PATH: gives an open file a name, as linkat(2) advises to. */
static void run_link_descriptor(struct words *words) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor_of(words, 1));
  answer_result(linkat(AT_FDCWD, path, AT_FDCWD, text_of(words, 2), AT_SYMLINK_FOLLOW));
}

/** reopen FD FLAGS, to be named: through /proc. */
static void run_reopen(struct words *words) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor_of(words, 1));
  answer_result(open(path, (int)number_of(words, 2)));
}

/** path-of FD: the last name by which /proc knows it. */
static void run_path_of(struct words *words) {
  char path[64], target[4096];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor_of(words, 1));
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0) return answer_result(-1);
  target[length] = '\0';
  answer("%s", strrchr(target, '/') + 1);
}

const struct call process_calls[] = {
    {"execute", run_execute},
    {"start", run_start},
    {"stop", run_stop},
    {"handle", run_handle},
    {"limit-file-size", run_limit_file_size},
    {"fork-and-close", run_fork_and_close},
    {"link-descriptor", run_link_descriptor},
    {"reopen", run_reopen},
    {"path-of", run_path_of},
    {0},
};
