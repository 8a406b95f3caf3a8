# Where Peerfuse does on purpose something else than a disk, and why. Each story stands for the one of its title.

# The kernel tells a FUSE file system that privileges are to go, but not which groups the writer is in.
writing takes away:
  both from a foreigner to the group       | put f hello; chmod f 06767; bob: open f O_WRONLY as F; bob: write F x; stat f = mode=2767

# Times of birth are not kept.
statx:
  tells the time of birth                  | put f hello; statx AT f 0 = birth=no

# The kernel does not tell a FUSE file system which kind of lock it is asked for.
locks of a description:
  are named to those who ask for others   | put f x; chmod f 0666; open f O_RDWR as A; alice2: open f O_RDWR as B; ofd_setlk A F_WRLCK 3 4; alice2: getlk B F_WRLCK 0 0 = write start=3 count=4 holder=process

# Whiteouts are for overlay file systems, whose upper layer must not be shared.
renameat2:
  with WHITEOUT leaves a device behind     | root: put f x; root: renameat2 AT f AT g RENAME_WHITEOUT = EINVAL; root: cat f = "x"

# The kernel tells a FUSE file system the flags of the open file, not those of one call.
writing:
  with O_APPEND but not for one call       | put f one; open f O_RDWR|O_APPEND as F; pwritev2 F X 0 RWF_NOAPPEND = 1; stat f = size=4

# Reading leaves times alone, and the mount says so (noatime): docs/decisions/0012-reading-leaves-no-trace.md
atime:
  follows reading when it is old           | put f hello; utimensat AT f 1 2 0; mark f; cat f; changed f = nothing
  follows reading when it is before mtime  | put f hello; cat f; mark f; open f O_WRONLY as F; write F x; mark f; cat f; changed f = nothing
  follows listing                          | mkdir d 0755; put d/f x; utimensat AT d 1 2 0; mark d; list d; changed d = nothing
  follows readlink                         | symlink t s; utimensat AT s 1 2 AT_SYMLINK_NOFOLLOW; mark s; readlink s; changed s = nothing
  follows execution                        | install f /bin/true 0755; utimensat AT f 1 2 0; mark f; execute ./f = exit 0; changed f = nothing

# The kernel refuses this for every FUSE file system, before it asks.
fallocate:
  takes ranges out                         | open f O_CREAT|O_RDWR 0644 as F; fill F 0 256K x; fallocate F FALLOC_FL_COLLAPSE_RANGE 64K 64K = EOPNOTSUPP; fstat F = size=262144
  takes whole blocks out                   | open f O_CREAT|O_RDWR 0644 as F; fill F 0 256K x; fallocate F FALLOC_FL_COLLAPSE_RANGE 100 64K = EOPNOTSUPP
  puts ranges in                           | open f O_CREAT|O_RDWR 0644 as F; fill F 0 256K x; fallocate F FALLOC_FL_INSERT_RANGE 64K 64K = EOPNOTSUPP; fstat F = size=262144
