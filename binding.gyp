{
  "targets": [
    {
      "target_name": "fuse_device",
      "sources": ["native/fuse_device.c"],
      "cflags": ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wno-unused-parameter"],
      "defines": ["NAPI_VERSION=8"]
    }
  ]
}
