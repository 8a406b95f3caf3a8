// Mounting and unmounting, the descriptor that fusermount3 hands over, and the ioctls of /dev/fuse.
#include "native.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

// From linux/fuse.h 7.40; spelt out because the headers of stable distributions are older than the kernels they run.
struct backing_map {
  int32_t fd;
  uint32_t flags;
  uint64_t padding;
};
#define IOC_CLONE _IOR(229, 0, uint32_t)
#define IOC_BACKING_OPEN _IOW(229, 1, struct backing_map)
#define IOC_BACKING_CLOSE _IOW(229, 2, uint32_t)

static int64_t run_mount(struct slow_call *call) {
  return outcome(mount(call->texts[0], call->texts[1], call->texts[2], (unsigned long)call->numbers[0], call->texts[3]));
}

// mount(source, target, type, flags, data): a promise of 0. Strings are bytes as latin1.
static napi_value mount_async(napi_env env, napi_callback_info info) {
  napi_value argument[5];
  get_arguments(env, info, 5, argument);
  struct slow_call *call = new_slow_call(run_mount);
  for (int index = 0; index < 3; index++) call->texts[index] = copy_of_text(env, argument[index]);
  call->numbers[0] = long_of(env, argument[3]);
  call->texts[3] = copy_of_text(env, argument[4]);
  return start_slow_call(env, call);
}

static int64_t run_unmount(struct slow_call *call) {
  return outcome(umount2(call->texts[0], (int)call->numbers[0]));
}

// unmount(target, flags): a promise of 0. In the pool, because the kernel may first write back mapped pages, through us.
static napi_value unmount_async(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  get_arguments(env, info, 2, argument);
  struct slow_call *call = new_slow_call(run_unmount);
  call->texts[0] = copy_of_text(env, argument[0]);
  call->numbers[0] = long_of(env, argument[1]);
  return start_slow_call(env, call);
}

// socketPair(): [fd, fd], or minus the errno.
static napi_value socket_pair(napi_env env, napi_callback_info info) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return number_from(env, -errno);
  napi_value array;
  napi_create_array_with_length(env, 2, &array);
  for (uint32_t index = 0; index < 2; index++) napi_set_element(env, array, index, number_from(env, pair[index]));
  return array;
}

// receiveDescriptor(socket): the descriptor of a message that is already there; -EAGAIN or -EPIPE when there is none.
static napi_value receive_descriptor(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  get_arguments(env, info, 1, argument);
  char byte;
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec vector = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t received = recvmsg(int_of(env, argument[0]), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received < 0) return number_from(env, -errno);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (received == 0 || header == NULL || header->cmsg_type != SCM_RIGHTS) return number_from(env, -EPIPE);
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return number_from(env, descriptor);
}

// backingOpen(device, fd): the backing id by which an open reply can name that file.
static napi_value backing_open(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  get_arguments(env, info, 2, argument);
  struct backing_map map = {.fd = int_of(env, argument[1])};
  return outcome_from(env, ioctl(int_of(env, argument[0]), IOC_BACKING_OPEN, &map));
}

// backingClose(device, id): 0. Files that are open with it stay open.
static napi_value backing_close(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  get_arguments(env, info, 2, argument);
  uint32_t id = (uint32_t)int_of(env, argument[1]);
  return outcome_from(env, ioctl(int_of(env, argument[0]), IOC_BACKING_CLOSE, &id));
}

// cloneDevice(fresh, mounted): 0. Makes a freshly opened /dev/fuse a second channel of the mounted one's connection.
static napi_value clone_device(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  get_arguments(env, info, 2, argument);
  uint32_t mounted = (uint32_t)int_of(env, argument[1]);
  return outcome_from(env, ioctl(int_of(env, argument[0]), IOC_CLONE, &mounted));
}

void add_mount_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "mount", mount_async);
  add_function(env, exports, "unmount", unmount_async);
  add_function(env, exports, "socketPair", socket_pair);
  add_function(env, exports, "receiveDescriptor", receive_descriptor);
  add_function(env, exports, "backingOpen", backing_open);
  add_function(env, exports, "backingClose", backing_close);
  add_function(env, exports, "cloneDevice", clone_device);
}
