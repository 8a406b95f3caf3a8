# What Peerfuse does where it does not do yet what a disk does. Each story stands for the one of its title; it fails as soon as that
# works, and goes away then.

# Reading leaves times alone, as on a disk that is mounted with noatime.
atime:
  follows reading when it is old           | put f hello; utimensat AT f 1 2 0; mark f; cat f; changed f = nothing
  follows reading when it is before mtime  | put f hello; cat f; mark f; open f O_WRONLY as F; write F x; mark f; cat f; changed f = nothing
  follows listing                          | mkdir d 0755; put d/f x; utimensat AT d 1 2 0; mark d; list d; changed d = nothing
  follows readlink                         | symlink t s; utimensat AT s 1 2 AT_SYMLINK_NOFOLLOW; mark s; readlink s; changed s = nothing
  follows execution                        | install f /bin/true 0755; utimensat AT f 1 2 0; mark f; execute ./f = exit 0; changed f = nothing

# Taking ranges out and putting them in would move all blocks behind, on every peer; programs copy instead.
fallocate:
  takes ranges out                         | open f O_CREAT|O_RDWR 0644 as F; fill F 0 256K x; fallocate F FALLOC_FL_COLLAPSE_RANGE 64K 64K = EOPNOTSUPP; fstat F = size=262144
  takes whole blocks out                   | open f O_CREAT|O_RDWR 0644 as F; fill F 0 256K x; fallocate F FALLOC_FL_COLLAPSE_RANGE 100 64K = EOPNOTSUPP
  puts ranges in                           | open f O_CREAT|O_RDWR 0644 as F; fill F 0 256K x; fallocate F FALLOC_FL_INSERT_RANGE 64K 64K = EOPNOTSUPP; fstat F = size=262144
