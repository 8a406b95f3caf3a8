# On a network whose users need not be anybody here, every process of this machine acts as the one who mounted.

the network's user:
  on                                       | net
  is every local user                      | bob: put f x; stat f = uid=@alice gid=@alice mode=0644; chmod f 0600; bob: cat f = "x"; carol: put f y; root: cat f = "y"; bob: chmod f 0644; bob: unlink f
  is nobody special, not even as root      | put f x; chmod f 0; root: cat f = EACCES; root: put f y = EACCES; mkdir d 0; root: list d = EACCES; root: mkdir d/e 0755 = EACCES; root: chmod d 0755; root: mkdir d/e 0755
  gives nothing away                       | put f x; root: chown f 12345 0xffffffff = EPERM; root: chown f 0xffffffff 12345 = EPERM; stat f = uid=@alice gid=@alice
  stays the owner of what is copied        | put f x; bob: chown f @bob @bob; stat f = uid=@alice gid=@alice; root: chown f 0 0; stat f = uid=@alice gid=@alice
  makes no devices                         | root: mknod c S_IFCHR|0600 0x103 = EPERM; root: mknod b S_IFBLK|0600 0x700 = EPERM; root: mknod p S_IFIFO|0644 0
  has no trusted attributes                | put f x; root: setxattr f trusted.a v 0 = EPERM; root: getxattr f trusted.a = ENODATA
  loses set-id bits by writing             | put f x; chmod f 06755; root: open f O_WRONLY as F; root: write F y; stat f = mode=0755
  runs no program as somebody else         | install f /bin/sh 0755; chmod f 04755; bob: execute ./f -p -c "test $(id -u) = 64102 && exit 5" = exit 5
