// Shared by the files of the addon. Convention: a function that makes a system call returns what it returned, or minus the
// errno, as a number; it throws nothing and decides nothing. Arguments come from our own typed loader and are trusted.
#ifndef PEERFUSE_NATIVE_H
#define PEERFUSE_NATIVE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads up to `count` arguments; those that were not given are undefined.
static inline void get_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
}

static inline int32_t int_of(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return number;
}

static inline int64_t long_of(napi_env env, napi_value value) {
  int64_t number = 0;
  napi_get_value_int64(env, value, &number);
  return number;
}

static inline char *bytes_of(napi_env env, napi_value value) {
  void *bytes = NULL;
  napi_get_buffer_info(env, value, &bytes, NULL);
  return bytes;
}

static inline napi_value number_from(napi_env env, int64_t number) {
  napi_value value;
  napi_create_int64(env, number, &value);
  return value;
}

// What a system call returned, or minus the errno that it left.
static inline int64_t outcome(int64_t returned) { return returned < 0 ? -errno : returned; }

static inline napi_value outcome_from(napi_env env, int64_t returned) {
  return number_from(env, outcome(returned));
}

static inline void add_function(napi_env env, napi_value exports, const char *name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function);
  napi_set_named_property(env, exports, name, function);
}

// A system call that may take long: it runs in the thread pool, and JavaScript gets a promise of its outcome.
struct slow_call {
  int64_t (*run)(struct slow_call *call);
  int64_t numbers[6];
  char *texts[4];
  int64_t outcome;
  napi_deferred deferred;
  napi_async_work work;
};

// A zeroed call; texts that are put into it belong to it.
struct slow_call *new_slow_call(int64_t (*run)(struct slow_call *call));
// Starts it and returns the promise; frees the call when it is done.
napi_value start_slow_call(napi_env env, struct slow_call *call);
// A NUL-terminated copy of the bytes of a latin1 string, to be freed; NULL when it is no string.
char *copy_of_text(napi_env env, napi_value value);

void add_device_functions(napi_env env, napi_value exports);
void add_notifier_functions(napi_env env, napi_value exports);
void add_mount_functions(napi_env env, napi_value exports);
void add_file_functions(napi_env env, napi_value exports);
void add_socket_functions(napi_env env, napi_value exports);

#endif
