# Where Peerfuse does on purpose something else than a disk, and why. Each story stands for the one of its title.

# The kernel tells a FUSE file system that privileges are to go, but not which groups the writer is in.
writing takes away:
  both from a foreigner to the group       | put f hello; chmod f 06767; bob: open f O_WRONLY as F; bob: write F x; stat f = mode=2767

# Times of birth are not kept.
statx:
  tells the time of birth                  | put f hello; statx AT f 0 = birth=no

# Whiteouts are for overlay file systems, whose upper layer must not be shared.
renameat2:
  with WHITEOUT leaves a device behind     | root: put f x; root: renameat2 AT f AT g RENAME_WHITEOUT = EINVAL; root: cat f = "x"

# The kernel tells a FUSE file system the flags of the open file, not those of one call.
writing:
  with O_APPEND but not for one call       | put f one; open f O_RDWR|O_APPEND as F; pwritev2 F X 0 RWF_NOAPPEND = 1; stat f = size=4

# The kernel itself compares owners with the local user, who has another number than the network's user, before it asks Peerfuse.
leases:
  on                                       | net
  break when another opens                 | put f x; open f O_RDONLY as A; fcntl A F_SETLEASE F_RDLCK = EACCES

symbolic links:
  on                                       | net
  have hard links                          | symlink t s; link s s2 = EPERM

link:
  on                                       | net
  does not follow symbolic links           | put f x; symlink f s; link s t = EPERM; linkat AT s AT t AT_SYMLINK_FOLLOW
  of special files                         | mknod p S_IFIFO|0644 0; link p q = EPERM

atime:
  on                                       | net
  is left alone by O_NOATIME               | put f x; open f O_RDONLY|O_NOATIME = EPERM
