// The addon's list of contents, and its way to run slow system calls in the thread pool.
#include "native.h"

#include <stdlib.h>

struct slow_call *new_slow_call(int64_t (*run)(struct slow_call *call)) {
  struct slow_call *call = calloc(1, sizeof *call);
  if (call == NULL) abort();
  call->run = run;
  return call;
}

static void run_in_pool(napi_env env, void *data) {
  struct slow_call *call = data;
  call->outcome = call->run(call);
}

static void resolve(napi_env env, napi_status status, void *data) {
  struct slow_call *call = data;
  int64_t result = status == napi_ok ? call->outcome : -ECANCELED;
  napi_resolve_deferred(env, call->deferred, number_from(env, result));
  napi_delete_async_work(env, call->work);
  for (size_t index = 0; index < 4; index++) free(call->texts[index]);
  free(call);
}

napi_value start_slow_call(napi_env env, struct slow_call *call) {
  napi_value promise, name;
  napi_create_promise(env, &call->deferred, &promise);
  napi_create_string_utf8(env, "peerfuse", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, NULL, name, run_in_pool, resolve, call, &call->work);
  napi_queue_async_work(env, call->work);
  return promise;
}

char *copy_of_text(napi_env env, napi_value value) {
  size_t length;
  if (napi_get_value_string_latin1(env, value, NULL, 0, &length) != napi_ok) return NULL;
  char *text = malloc(length + 1);
  if (text == NULL) abort();
  napi_get_value_string_latin1(env, value, text, length + 1, &length);
  return text;
}

NAPI_MODULE_INIT() {
  add_device_functions(env, exports);
  add_notifier_functions(env, exports);
  add_mount_functions(env, exports);
  add_file_functions(env, exports);
  add_socket_functions(env, exports);
  return exports;
}
