// The congestion control of a TCP socket, which Node cannot choose.
#include "native.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Longest name that the kernel has (TCP_CA_NAME_MAX).
enum { longest_name = 16 };

// setCongestionControl(fd, name): 0.
static napi_value set_congestion_control(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  get_arguments(env, info, 2, argument);
  char *name = copy_of_text(env, argument[1]);
  if (name == NULL) return number_from(env, -EINVAL);
  int returned = setsockopt(int_of(env, argument[0]), IPPROTO_TCP, TCP_CONGESTION, name, strlen(name));
  napi_value result = outcome_from(env, returned);
  free(name);
  return result;
}

// getCongestionControl(fd): the name, or minus the errno.
static napi_value get_congestion_control(napi_env env, napi_callback_info info) {
  napi_value argument[1], name;
  get_arguments(env, info, 1, argument);
  char bytes[longest_name + 1] = "";
  socklen_t length = longest_name;
  if (getsockopt(int_of(env, argument[0]), IPPROTO_TCP, TCP_CONGESTION, bytes, &length) < 0)
    return number_from(env, -errno);
  napi_create_string_utf8(env, bytes, NAPI_AUTO_LENGTH, &name);
  return name;
}

void add_socket_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "setCongestionControl", set_congestion_control);
  add_function(env, exports, "getCongestionControl", get_congestion_control);
}
