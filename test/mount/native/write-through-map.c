// Writes a text into a file through a shared memory map that outlives its descriptors, while another descriptor of the process only reads
// the file. Says so, and goes when its input ends.
//   write-through-map FILE POSITION TEXT
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int count, char **arguments) {
  struct stat file;
  if (count != 4) return 2;
  int reader = open(arguments[1], O_RDONLY), writer = open(arguments[1], O_RDWR);
  if (reader < 0 || writer < 0 || fstat(writer, &file)) return perror("open"), 1;
  char *map = mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
  if (map == MAP_FAILED) return perror("mmap"), 1;
  if (close(writer) || close(reader)) return perror("close"), 1;
  memcpy(map + atol(arguments[2]), arguments[3], strlen(arguments[3]));
  printf("written\n");
  fflush(stdout);
  return getchar() == EOF ? 0 : 1;
}
