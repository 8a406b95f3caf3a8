// A thread that writes notifications, because the kernel may wait in them for a lock whose owner waits for our answer.
//
// It has a table of open descriptors of its own, with nothing in it but its channel and its bell. When the process is killed while the
// thread is blocked, the kernel can thus close the other descriptors, among them the device that requests were read from; that ends those
// requests, the lock is released, and so the thread. With a shared table nothing would be closed before the blocked thread ends: never.
#include "native.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

// The thread calls nothing deep.
enum { stack_bytes = 256 * 1024 };

struct notifier {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  uv_poll_t poll;
  napi_env env;
  napi_async_context context;
  napi_deferred deferred;
  char *messages;
  size_t length;
  int64_t outcome;
  int fd;
  // An eventfd that the thread rings when it is done, with a batch or altogether.
  int bell;
  bool started;
  bool stopping;
  bool ended;
};

static void close_between(unsigned int first, unsigned int last) {
  if (first <= last) syscall(SYS_close_range, first, last, 0);
}

static void keep_only(unsigned int one, unsigned int other) {
  unsigned int lower = one < other ? one : other, higher = one < other ? other : one;
  if (unshare(CLONE_FILES) < 0) return;
  // Neither is 0: that is the process's standard input.
  close_between(0, lower - 1);
  close_between(lower + 1, higher - 1);
  close_between(higher + 1, ~0U);
}

// Where a message has the number of the request that it answers. A notification answers none.
enum { answered_request_offset = 8 };

// How many were refused. These have the errno where the number of a request would be.
static int64_t write_messages(int fd, char *next, size_t length) {
  int64_t refused = 0;
  const char *end = next + length;
  for (uint32_t size; next < end; next += size) {
    memcpy(&size, next, sizeof size);
    if (write(fd, next, size) >= 0) continue;
    uint32_t reason = (uint32_t)errno;
    memcpy(next + answered_request_offset, &reason, sizeof reason);
    refused += 1;
  }
  return refused;
}

// Waits for messages; false when there will be none.
static bool await_messages(struct notifier *notifier) {
  pthread_mutex_lock(&notifier->mutex);
  notifier->started = true;
  pthread_cond_broadcast(&notifier->changed);
  while (notifier->messages == NULL && !notifier->stopping)
    pthread_cond_wait(&notifier->changed, &notifier->mutex);
  bool is_work = notifier->messages != NULL;
  pthread_mutex_unlock(&notifier->mutex);
  return is_work;
}

static void ring(struct notifier *notifier) {
  uint64_t one = 1;
  if (write(notifier->bell, &one, sizeof one) < 0) abort();
}

static void *run(void *data) {
  struct notifier *notifier = data;
  keep_only((unsigned int)notifier->fd, (unsigned int)notifier->bell);
  while (await_messages(notifier)) {
    int64_t result = write_messages(notifier->fd, notifier->messages, notifier->length);
    pthread_mutex_lock(&notifier->mutex);
    notifier->outcome = result;
    notifier->messages = NULL;
    pthread_mutex_unlock(&notifier->mutex);
    ring(notifier);
  }
  pthread_mutex_lock(&notifier->mutex);
  notifier->ended = true;
  pthread_mutex_unlock(&notifier->mutex);
  ring(notifier);
  return NULL;
}

static void after_close(uv_handle_t *handle) {
  struct notifier *notifier = handle->data;
  close(notifier->bell);
  pthread_mutex_destroy(&notifier->mutex);
  pthread_cond_destroy(&notifier->changed);
  free(notifier);
}

static void settle(struct notifier *notifier) {
  napi_env env = notifier->env;
  napi_handle_scope scope;
  napi_callback_scope callback_scope;
  napi_value resource;
  napi_open_handle_scope(env, &scope);
  napi_create_object(env, &resource);
  napi_open_callback_scope(env, resource, notifier->context, &callback_scope);
  napi_deferred deferred = notifier->deferred;
  notifier->deferred = NULL;
  napi_resolve_deferred(env, deferred, number_from(env, notifier->outcome));
  napi_close_callback_scope(env, callback_scope);
  napi_close_handle_scope(env, scope);
}

static void on_bell(uv_poll_t *poll, int status, int events) {
  struct notifier *notifier = poll->data;
  uint64_t rings;
  if (read(notifier->bell, &rings, sizeof rings) < 0) return;
  pthread_mutex_lock(&notifier->mutex);
  bool is_settled = notifier->messages == NULL, has_ended = notifier->ended;
  pthread_mutex_unlock(&notifier->mutex);
  if (is_settled && notifier->deferred != NULL) settle(notifier);
  if (!has_ended) return;
  uv_poll_stop(poll);
  napi_async_destroy(notifier->env, notifier->context);
  uv_close((uv_handle_t *)poll, after_close);
}

static int start_thread(struct notifier *notifier) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  int error = pthread_create(&thread, &attributes, run, notifier);
  pthread_attr_destroy(&attributes);
  if (error != 0) return error;
  pthread_mutex_lock(&notifier->mutex);
  while (!notifier->started) pthread_cond_wait(&notifier->changed, &notifier->mutex);
  pthread_mutex_unlock(&notifier->mutex);
  return 0;
}

static struct notifier *new_notifier(napi_env env, int fd, int bell) {
  struct notifier *notifier = calloc(1, sizeof *notifier);
  if (notifier == NULL) abort();
  notifier->env = env;
  notifier->fd = fd;
  notifier->bell = bell;
  pthread_mutex_init(&notifier->mutex, NULL);
  pthread_cond_init(&notifier->changed, NULL);
  return notifier;
}

// startNotifier(fd): a notifier with a copy of the descriptor, to be given to stopNotifier; or minus the errno.
static napi_value start_notifier(napi_env env, napi_callback_info info) {
  napi_value argument[1], name, resource, external;
  get_arguments(env, info, 1, argument);
  int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (bell < 0) return number_from(env, -errno);
  struct notifier *notifier = new_notifier(env, int_of(env, argument[0]), bell);
  int error = start_thread(notifier);
  if (error != 0) {
    close(bell);
    free(notifier);
    return number_from(env, -error);
  }
  napi_create_object(env, &resource);
  napi_create_string_utf8(env, "peerfuse", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, resource, name, &notifier->context);
  uv_loop_t *loop;
  napi_get_uv_event_loop(env, &loop);
  if (uv_poll_init(loop, &notifier->poll, bell) < 0) abort();
  notifier->poll.data = notifier;
  uv_poll_start(&notifier->poll, UV_READABLE, on_bell);
  napi_create_external(env, notifier, NULL, NULL, &external);
  return external;
}

// notify(notifier, messages, length): a promise of how many were refused; the errno of these is written to them. Each message begins
// with its length. One call at a time; the caller keeps the buffer until it is settled.
static napi_value notify(napi_env env, napi_callback_info info) {
  napi_value argument[3], promise;
  get_arguments(env, info, 3, argument);
  void *data = NULL;
  napi_get_value_external(env, argument[0], &data);
  struct notifier *notifier = data;
  napi_create_promise(env, &notifier->deferred, &promise);
  pthread_mutex_lock(&notifier->mutex);
  notifier->length = (size_t)long_of(env, argument[2]);
  notifier->messages = bytes_of(env, argument[1]);
  pthread_cond_signal(&notifier->changed);
  pthread_mutex_unlock(&notifier->mutex);
  return promise;
}

// stopNotifier(notifier): once, and while no call to notify is unsettled.
static napi_value stop_notifier(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  get_arguments(env, info, 1, argument);
  void *data = NULL;
  napi_get_value_external(env, argument[0], &data);
  struct notifier *notifier = data;
  pthread_mutex_lock(&notifier->mutex);
  notifier->stopping = true;
  pthread_cond_signal(&notifier->changed);
  pthread_mutex_unlock(&notifier->mutex);
  return NULL;
}

void add_notifier_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "startNotifier", start_notifier);
  add_function(env, exports, "notify", notify);
  add_function(env, exports, "stopNotifier", stop_notifier);
}
