// System calls on open files that Node has not: holes, reservations, copies inside the kernel, reads that never wait.
#include "native.h"

#include <fcntl.h>
#include <signal.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

// fallocate(fd, mode, position, length): 0. Quick for small ranges only.
static napi_value fallocate_now(napi_env env, napi_callback_info info) {
  napi_value argument[4];
  get_arguments(env, info, 4, argument);
  return outcome_from(env, fallocate(int_of(env, argument[0]), int_of(env, argument[1]),
                                     long_of(env, argument[2]), long_of(env, argument[3])));
}

static int64_t run_fallocate(struct slow_call *call) {
  return outcome(fallocate((int)call->numbers[0], (int)call->numbers[1], call->numbers[2], call->numbers[3]));
}

// fallocateAsync(fd, mode, position, length): a promise of 0.
static napi_value fallocate_async(napi_env env, napi_callback_info info) {
  napi_value argument[4];
  get_arguments(env, info, 4, argument);
  struct slow_call *call = new_slow_call(run_fallocate);
  for (int index = 0; index < 4; index++) call->numbers[index] = long_of(env, argument[index]);
  return start_slow_call(env, call);
}

// seekData(fd, position) and seekHole(fd, position): the position found.
static napi_value seek(napi_env env, napi_callback_info info, int whence) {
  napi_value argument[2];
  get_arguments(env, info, 2, argument);
  return outcome_from(env, lseek(int_of(env, argument[0]), long_of(env, argument[1]), whence));
}

static napi_value seek_data(napi_env env, napi_callback_info info) { return seek(env, info, SEEK_DATA); }

static napi_value seek_hole(napi_env env, napi_callback_info info) { return seek(env, info, SEEK_HOLE); }

static int64_t run_copy_range(struct slow_call *call) {
  off_t from = call->numbers[1], to = call->numbers[3];
  return outcome(
      copy_file_range((int)call->numbers[0], &from, (int)call->numbers[2], &to, (size_t)call->numbers[4], 0));
}

// copyRange(fromFd, fromPosition, toFd, toPosition, length): a promise of the bytes copied.
static napi_value copy_range(napi_env env, napi_callback_info info) {
  napi_value argument[5];
  get_arguments(env, info, 5, argument);
  struct slow_call *call = new_slow_call(run_copy_range);
  for (int index = 0; index < 5; index++) call->numbers[index] = long_of(env, argument[index]);
  return start_slow_call(env, call);
}

static int64_t run_sync_file_system(struct slow_call *call) { return outcome(syncfs((int)call->numbers[0])); }

// syncFileSystem(fd): a promise of 0, once all that was written to the file system of that file is on its disk.
static napi_value sync_file_system(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  get_arguments(env, info, 1, argument);
  struct slow_call *call = new_slow_call(run_sync_file_system);
  call->numbers[0] = long_of(env, argument[0]);
  return start_slow_call(env, call);
}

// preadNow(fd, buffer, bufferOffset, length, position): the bytes that are in the page cache.
static napi_value pread_now(napi_env env, napi_callback_info info) {
  napi_value argument[5];
  get_arguments(env, info, 5, argument);
  struct iovec vector = {
      .iov_base = bytes_of(env, argument[1]) + long_of(env, argument[2]),
      .iov_len = (size_t)long_of(env, argument[3]),
  };
  return outcome_from(env, preadv2(int_of(env, argument[0]), &vector, 1, long_of(env, argument[4]), RWF_NOWAIT));
}

// duplicate(fd): a new descriptor of the same open file, closed on exec.
static napi_value duplicate(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  get_arguments(env, info, 1, argument);
  return outcome_from(env, fcntl(int_of(env, argument[0]), F_DUPFD_CLOEXEC, 3));
}

// isHeldElsewhere(fd): 1 when another open file, or a memory map of one, holds the same inode; 0 when this open file is the only one. The
// kernel grants a write lease only then. It is given back at once; who opens the file in between waits so long, and sends SIGURG, which
// is ignored unless somebody wants it.
static napi_value is_held_elsewhere(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  get_arguments(env, info, 1, argument);
  int fd = int_of(env, argument[0]);
  if (fcntl(fd, F_SETSIG, SIGURG) < 0) return number_from(env, -errno);
  if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0) return number_from(env, errno == EAGAIN ? 1 : -errno);
  return outcome_from(env, fcntl(fd, F_SETLEASE, F_UNLCK));
}

// spreadFolders(fd): 0. From now on, new folders in this one are placed far from each other on the disk (FS_TOPDIR_FL, known to ext4).
static napi_value spread_folders(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  get_arguments(env, info, 1, argument);
  int fd = int_of(env, argument[0]), flags = 0;
  if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0) return number_from(env, -errno);
  flags |= FS_TOPDIR_FL;
  return outcome_from(env, ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

void add_file_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "fallocate", fallocate_now);
  add_function(env, exports, "fallocateAsync", fallocate_async);
  add_function(env, exports, "seekData", seek_data);
  add_function(env, exports, "seekHole", seek_hole);
  add_function(env, exports, "copyRange", copy_range);
  add_function(env, exports, "syncFileSystem", sync_file_system);
  add_function(env, exports, "preadNow", pread_now);
  add_function(env, exports, "duplicate", duplicate);
  add_function(env, exports, "isHeldElsewhere", is_held_elsewhere);
  add_function(env, exports, "spreadFolders", spread_folders);
}
