{
  "targets": [
    {
      "target_name": "fuse_device",
      "sources": [
        "native/addon.c",
        "native/file.c",
        "native/fuse_device.c",
        "native/mount.c",
        "native/notifier.c",
        "native/socket.c"
      ],
      "cflags": ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wno-unused-parameter"],
      "defines": ["NAPI_VERSION=8"]
    }
  ]
}
