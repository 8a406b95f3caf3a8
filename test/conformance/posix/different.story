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
