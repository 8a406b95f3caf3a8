// Looks at a file of blocks of 64 KiB, each filled with one number that only rises, through one descriptor or a memory map that outlives
// its descriptor, until every block has the last number. Ends with 1 when a block is ever torn, zeros or back at a former number.
//   watch-blocks FILE BLOCKS LAST read|map
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { block_bytes = 65536, numbers = block_bytes / sizeof(uint32_t), most_blocks = 4096, patience_seconds = 60 };

static uint32_t seen[most_blocks], copy[numbers];

// A block changes under who copies it: then it is looked at again.
enum { most_looks = 200 };

static const uint32_t *look(int fd, const uint32_t *map, long index) {
  if (map) memcpy(copy, map + index * numbers, block_bytes);
  else if (pread(fd, copy, block_bytes, index * block_bytes) != block_bytes) memset(copy, 0, block_bytes);
  return copy;
}

static uint32_t number_of(int fd, const uint32_t *map, long index) {
  for (int looks = 0; looks < most_looks; looks++) {
    const uint32_t *block = look(fd, map, index);
    int same = 1, zeros = 0;
    while (same < numbers && block[same] == block[0]) same++;
    for (int at = 0; at < numbers; at++) zeros += block[at] == 0;
    if (zeros) return 0;
    if (same == numbers) return block[0] < seen[index] ? 0 : (seen[index] = block[0]);
    usleep(500);
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  long blocks = atol(arguments[2]), last = atol(arguments[3]);
  int is_map = strcmp(arguments[4], "map") == 0;
  int fd = open(arguments[1], O_RDONLY);
  if (fd < 0) return perror("open"), 1;
  uint32_t *map = NULL;
  if (is_map) {
    map = mmap(NULL, (size_t)blocks * block_bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return perror("mmap"), 1;
    close(fd);
  }
  printf("ready\n");
  fflush(stdout);
  time_t end = time(NULL) + patience_seconds;
  for (long done = 0; done < blocks;) {
    done = 0;
    for (long at = 0; at < blocks; at++) {
      uint32_t number = number_of(fd, map, at);
      if (number == 0) return printf("block %ld is %u after %u, then %u\n", at, copy[0], seen[at], copy[numbers - 1]), 1;
      done += number == (uint32_t)last;
    }
    if (time(NULL) > end) return printf("%ld of %ld blocks have %ld\n", done, blocks, last), 1;
    usleep(1000);
  }
  return 0;
}
