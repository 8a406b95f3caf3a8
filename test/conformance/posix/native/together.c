// What several processes do at once: each part runs in one of them, and none may see the other's half-done.
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** append-lines PATH COUNT TEXT: so many writes of the text and a newline, each at the end. */
static void run_append_lines(struct words *words) {
  int descriptor = open(text_of(words, 1), O_WRONLY | O_APPEND);
  char text[256];
  int length = snprintf(text, sizeof text, "%s\n", text_of(words, 3));
  for (long count = number_of(words, 2); count > 0; count--) {
    if (write(descriptor, text, (size_t)length) != length) return answer_result(-1);
  }
  answer_result(close(descriptor));
}

/** count-lines PATH TEXT: how many lines are this text; a line that is torn or mixed counts in none. */
static void run_count_lines(struct words *words) {
  FILE *file = fopen(text_of(words, 1), "r");
  if (file == NULL) return answer_result(-1);
  char line[256];
  int count = 0;
  const char *wanted = text_of(words, 2);
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, wanted) == 0) count++;
  }
  fclose(file);
  answer("%d", count);
}

/** win-names DIRECTORY COUNT LOG: tries to be the one who makes each name, and appends a line `won` where it was. */
static void run_win_names(struct words *words) {
  int log = open(text_of(words, 3), O_WRONLY | O_APPEND);
  char path[512];
  for (long index = 0; index < number_of(words, 2); index++) {
    snprintf(path, sizeof path, "%s/%ld", text_of(words, 1), index);
    int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);
    if (descriptor < 0 && errno == EEXIST) continue;
    if (descriptor < 0 || close(descriptor) != 0) return answer_result(-1);
    if (write(log, "won\n", 4) != 4) return answer_result(-1);
  }
  answer_result(close(log));
}

/** replace-often PATH COUNT: renames a file with 5,000 equal bytes over it, other ones each time. */
static void run_replace_often(struct words *words) {
  char fresh[512], bytes[5000];
  snprintf(fresh, sizeof fresh, "%s.%d", text_of(words, 1), getpid());
  for (long index = 0; index < number_of(words, 2); index++) {
    memset(bytes, 'a' + (int)(index % 26), sizeof bytes);
    int descriptor = open(fresh, O_CREAT | O_EXCL | O_WRONLY, 0644);
    if (descriptor < 0 || write(descriptor, bytes, sizeof bytes) != sizeof bytes) return answer_result(-1);
    if (close(descriptor) != 0 || rename(fresh, text_of(words, 1)) != 0) return answer_result(-1);
  }
  answer("0");
}

/** read-whole PATH COUNT: whether it was there each time, with 5,000 equal bytes. */
static void run_read_whole(struct words *words) {
  char bytes[6000];
  for (long index = 0; index < number_of(words, 2); index++) {
    int descriptor = open(text_of(words, 1), O_RDONLY);
    if (descriptor < 0) return answer_result(-1);
    ssize_t length = read(descriptor, bytes, sizeof bytes);
    close(descriptor);
    if (length != 5000) return answer("%zd bytes the %ld. time", length, index);
    for (ssize_t at = 1; at < length; at++) {
      if (bytes[at] != bytes[0]) return answer("mixed the %ld. time", index);
    }
  }
  answer("whole");
}

/** come-and-go DIRECTORY COUNT: makes and removes files and renames one to and fro. */
static void run_come_and_go(struct words *words) {
  char path[512], other[512];
  for (long index = 0; index < number_of(words, 2); index++) {
    snprintf(path, sizeof path, "%s/passing-%ld", text_of(words, 1), index);
    snprintf(other, sizeof other, "%s/passed-%ld", text_of(words, 1), index);
    int descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);
    if (descriptor < 0 || close(descriptor) != 0) return answer_result(-1);
    if (rename(path, other) != 0 || unlink(other) != 0) return answer_result(-1);
  }
  answer("0");
}

/** steady DIRECTORY PREFIX COUNT TIMES: whether each listing has all the COUNT names of this prefix, each once. */
static void run_steady(struct words *words) {
  const char *prefix = text_of(words, 2);
  long count = number_of(words, 3);
  char *seen = malloc((size_t)count);
  for (long time = 0; time < number_of(words, 4); time++) {
    memset(seen, 0, (size_t)count);
    long found = 0;
    DIR *directory = opendir(text_of(words, 1));
    if (directory == NULL) return answer_result(-1);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
      if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0) continue;
      long index = atol(entry->d_name + strlen(prefix));
      if (index < 0 || index >= count || seen[index]++) return answer("%s twice", entry->d_name);
      found++;
    }
    closedir(directory);
    if (found != count) return answer("%ld of %ld", found, count);
  }
  free(seen);
  answer("steady");
}

/** add-up PATH COUNT: so often reads a number under a lock of fcntl(2), and writes the next one. */
static void run_add_up(struct words *words) {
  int descriptor = open(text_of(words, 1), O_RDWR);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, unlock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
  for (long count = number_of(words, 2); count > 0; count--) {
    char text[32] = "";
    if (fcntl(descriptor, F_SETLKW, &lock) != 0 || pread(descriptor, text, sizeof text - 1, 0) < 0) return answer_result(-1);
    int length = snprintf(text, sizeof text, "%ld", atol(text) + 1);
    if (pwrite(descriptor, text, (size_t)length, 0) != length || fcntl(descriptor, F_SETLK, &unlock) != 0) return answer_result(-1);
  }
  answer_result(close(descriptor));
}

const struct call together_calls[] = {
    {"append-lines", run_append_lines},
    {"count-lines", run_count_lines},
    {"win-names", run_win_names},
    {"replace-often", run_replace_often},
    {"read-whole", run_read_whole},
    {"come-and-go", run_come_and_go},
    {"steady", run_steady},
    {"add-up", run_add_up},
    {0},
};
