// The fast path: waits for /dev/fuse, reads each request into one buffer, calls JavaScript, writes its answer.
#include "native.h"

#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>
#include <uv.h>

// Requests taken in one turn of the event loop, so that a busy mount leaves room for timers and the network.
enum { requests_per_turn = 64 };

struct device {
  uv_poll_t poll;
  napi_env env;
  napi_ref buffer_reference;
  napi_ref on_request;
  napi_ref on_end;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  char *buffer;
  size_t capacity;
  int fd;
  bool stopped;
};

static void after_close(uv_handle_t *handle) {
  struct device *device = handle->data;
  napi_remove_async_cleanup_hook(device->cleanup);
  free(device);
}

// Idempotent. The descriptor stays open: it is the caller's.
static void stop(struct device *device) {
  if (device->stopped) return;
  device->stopped = true;
  uv_poll_stop(&device->poll);
  napi_delete_reference(device->env, device->buffer_reference);
  napi_delete_reference(device->env, device->on_request);
  napi_delete_reference(device->env, device->on_end);
  napi_async_destroy(device->env, device->context);
  uv_close((uv_handle_t *)&device->poll, after_close);
}

static void stop_at_exit(napi_async_cleanup_hook_handle handle, void *data) { stop(data); }

// A handler that throws is a bug; it ends the process as any uncaught exception does.
static void call(struct device *device, napi_value function, int64_t number) {
  napi_env env = device->env;
  napi_value receiver, argument = number_from(env, number);
  napi_get_undefined(env, &receiver);
  if (napi_call_function(env, receiver, function, 1, &argument, NULL) != napi_pending_exception) return;
  napi_value error;
  napi_get_and_clear_last_exception(env, &error);
  napi_fatal_exception(env, error);
}

static void end(struct device *device, int error) {
  napi_value on_end;
  napi_get_reference_value(device->env, device->on_end, &on_end);
  stop(device);
  call(device, on_end, error);
}

// ENOENT: the request was interrupted before we read it. ENODEV: unmounted. Anything else is the end as well.
static bool is_passing(int error) { return error == EINTR || error == ENOENT; }

static void take_requests(struct device *device) {
  napi_value on_request;
  napi_get_reference_value(device->env, device->on_request, &on_request);
  for (int taken = 0; taken < requests_per_turn && !device->stopped; taken++) {
    ssize_t length = read(device->fd, device->buffer, device->capacity);
    if (length > 0) {
      napi_handle_scope scope;
      napi_open_handle_scope(device->env, &scope);
      call(device, on_request, length);
      napi_close_handle_scope(device->env, scope);
    } else if (length < 0 && errno == EAGAIN) {
      return;
    } else if (length == 0 || !is_passing(errno)) {
      end(device, length == 0 ? ENODEV : errno);
    }
  }
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  struct device *device = poll->data;
  napi_env env = device->env;
  napi_handle_scope scope;
  napi_callback_scope callback_scope;
  napi_value resource;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, device->buffer_reference, &resource);
  // One scope for the whole turn: promises settle after it.
  napi_open_callback_scope(env, resource, device->context, &callback_scope);
  if (status < 0 && status != UV_EBADF)
    end(device, -status);
  else
    take_requests(device);
  napi_close_callback_scope(env, callback_scope);
  napi_close_handle_scope(env, scope);
}

// startDevice(fd, buffer, onRequest(length), onEnd(errno)): a session to give to stopDevice, or minus the errno.
static napi_value start_device(napi_env env, napi_callback_info info) {
  napi_value argument[4], name, session;
  get_arguments(env, info, 4, argument);
  struct device *device = calloc(1, sizeof *device);
  if (device == NULL) return number_from(env, -ENOMEM);
  device->env = env;
  device->fd = int_of(env, argument[0]);
  uv_loop_t *loop;
  napi_get_uv_event_loop(env, &loop);
  int error = uv_poll_init(loop, &device->poll, device->fd);
  if (error < 0) {
    free(device);
    return number_from(env, error);
  }
  device->poll.data = device;
  napi_get_buffer_info(env, argument[1], (void **)&device->buffer, &device->capacity);
  napi_create_reference(env, argument[1], 1, &device->buffer_reference);
  napi_create_reference(env, argument[2], 1, &device->on_request);
  napi_create_reference(env, argument[3], 1, &device->on_end);
  napi_create_string_utf8(env, "peerfuse", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, argument[1], name, &device->context);
  napi_add_async_cleanup_hook(env, stop_at_exit, device, &device->cleanup);
  uv_poll_start(&device->poll, UV_READABLE, on_readable);
  napi_create_external(env, device, NULL, NULL, &session);
  return session;
}

// stopDevice(session): no more calls come. To be called once, and not after onEnd.
static napi_value stop_device(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  get_arguments(env, info, 1, argument);
  void *device = NULL;
  if (napi_get_value_external(env, argument[0], &device) == napi_ok) stop(device);
  return NULL;
}

// writev(fd, header, headerLength, body, bodyOffset, bodyLength): the bytes written. Body may be undefined.
static napi_value write_vector(napi_env env, napi_callback_info info) {
  napi_value argument[6];
  get_arguments(env, info, 6, argument);
  struct iovec vectors[2] = {
      {.iov_base = bytes_of(env, argument[1]), .iov_len = (size_t)int_of(env, argument[2])},
  };
  int count = 1;
  int64_t length = long_of(env, argument[5]);
  if (length > 0) {
    vectors[1].iov_base = bytes_of(env, argument[3]) + long_of(env, argument[4]);
    vectors[1].iov_len = (size_t)length;
    count = 2;
  }
  return outcome_from(env, writev(int_of(env, argument[0]), vectors, count));
}

void add_device_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "startDevice", start_device);
  add_function(env, exports, "stopDevice", stop_device);
  add_function(env, exports, "writev", write_vector);
}
