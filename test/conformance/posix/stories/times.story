# Which call changes which times, and which times can be set.

utimensat:
  sets both                                | put f x; utimensat AT f 1000000000.123456789 1200000000.987654321 0; stat f = atime=1000000000.123456789 mtime=1200000000.987654321
  before 1970                              | put f x; utimensat AT f -1.5 -2000000000.999999999 0; stat f = atime=-1.000000005 mtime=-2000000000.999999999
  after 2038                               | put f x; utimensat AT f 4294967296.1 15032385534.999999999 0; stat f = atime=4294967296.000000001 mtime=15032385534.999999999
  leaves out what it is told to            | put f x; utimensat AT f 1.1 2.2 0; utimensat AT f omit 3.3 0; stat f = atime=1.000000001 mtime=3.000000003; utimensat AT f 4.4 omit 0; stat f = atime=4.000000004 mtime=3.000000003
  leaves both out                          | put f x; mark f; utimensat AT f omit omit 0; changed f = nothing
  sets the present                         | put f x; utimensat AT f 1 2 0; mark f; utimensat AT f now now 0; changed f = atime+mtime+ctime
  sets one to the present                  | put f x; utimensat AT f 1 2 0; utimensat AT f now omit 0; stat f = mtime=2.000000000; utimensat AT f 5 now 0; stat f = atime=5.000000000
  wants nanoseconds                        | put f x; utimensat AT f 1.1000000000 2 0 = EINVAL; utimensat AT f 1 2.-1 0 = EINVAL
  of a descriptor                          | put f x; open f O_RDONLY as F; utimensat F NULL 7 8 0; stat f = atime=7.000000000 mtime=8.000000000
  of a directory                           | mkdir d 0755; utimensat AT d 7 8 0; stat d = atime=7.000000000 mtime=8.000000000
  needs the owner for other times          | put f x; chmod f 0666; bob: utimensat AT f 1 2 0 = EPERM; bob: utimensat AT f now omit 0 = EPERM; bob: utimensat AT f now 1 0 = EPERM; root: utimensat AT f 1 2 0
  needs write permission for the present   | put f x; chmod f 0666; bob: utimensat AT f now now 0; chmod f 0644; bob: utimensat AT f now now 0 = EACCES
  survives what was written before         | open f O_CREAT|O_WRONLY 0644 as F; write F hello; utimensat AT f 1 2 0; stat f = mtime=2.000000000; close F; stat f = mtime=2.000000000; cat f = "hello"
  survives being closed and opened         | open f O_CREAT|O_WRONLY 0644 as F; write F hello; utimensat F NULL 1 2 0; fsync F; stat f = mtime=2.000000000; close F; open f O_RDONLY as G; fstat G = mtime=2.000000000
  by the owner needs no other right        | put f x; chmod f 0; utimensat AT f 1 2 0; utimensat AT f now now 0; utimensat AT f now omit 0
  to the future leaves ctime in the present | open f O_CREAT|O_WRONLY 0644 as F; write F x; utimensat AT f 1 15000000000 0; stat f = mtime=15000000000.000000000; mark f; chmod f 0600; changed f = ctime; close F; mark f; chmod f 0644; changed f = ctime
  is overtaken by what is written after    | open f O_CREAT|O_WRONLY 0644 as F; write F x; utimensat AT f 1 2 0; mark f; write F y; changed f = mtime+ctime

times of a file:
  given                                    | put f hello; mkdir d 0755
  by creation are the present              | mark f; put g x; utimensat AT f 1 1 0; stat g = type=file; mark f .; put h x; changed . = mtime+ctime
  by write                                 | open f O_WRONLY as F; mark f .; write F x; changed f = mtime+ctime; changed . = nothing
  by write of nothing                      | open f O_WRONLY as F; mark f; write F ""; changed f = nothing
  by append                                | open f O_WRONLY|O_APPEND as F; mark f; write F x; changed f = mtime+ctime
  by truncate                              | mark f .; truncate f 2; changed f = mtime+ctime; changed . = nothing
  by truncate to the same size             | mark f; truncate f 5; changed f = mtime+ctime
  by ftruncate                             | open f O_WRONLY as F; mark f; ftruncate F 10; changed f = mtime+ctime
  by ftruncate to the same size            | open f O_WRONLY as F; mark f; ftruncate F 5; changed f = mtime+ctime
  by O_TRUNC                               | mark f; open f O_WRONLY|O_TRUNC as F; changed f = mtime+ctime
  by O_TRUNC of an empty file              | truncate f 0; mark f; open f O_WRONLY|O_TRUNC as F; changed f = mtime+ctime
  by what makes writing safe               | open f O_RDWR as F; write F x; mark f; fsync F; changed f = nothing; close F; changed f = nothing; alice2: open f O_RDONLY as F; alice2: fsync F; changed f = nothing
  by writing in a mapping that is closed   | open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; mark f; poke M 0 J; munmap M 4096; close F; changed f = mtime+ctime
  by open and close                        | mark f; open f O_RDWR as F; close F; changed f = nothing
  by fallocate that grows                  | open f O_WRONLY as F; mark f; fallocate F 0 0 10000; changed f = mtime+ctime
  by a hole                                | open f O_WRONLY as F; fill F 0 64K x; mark f; fallocate F FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE 0 32K; changed f = mtime+ctime
  by chmod                                 | mark f .; chmod f 0600; changed f = ctime; changed . = nothing
  by chmod to the same mode                | mark f; chmod f 0644; changed f = ctime
  by chown                                 | mark f; chown f @alice @team; changed f = ctime
  by chown to nobody                       | mark f; chown f 0xffffffff 0xffffffff; changed f = ctime
  by link                                  | mark f .; link f g; changed f = ctime; changed . = mtime+ctime
  by unlink of one of two                  | link f g; mark f .; unlink g; changed f = ctime; changed . = mtime+ctime
  by unlink while it is open               | open f O_RDONLY as F; mark f .; unlink f; changed . = mtime+ctime; fstat F = nlink=0
  by rename                                | mark f . d; rename f d/g; changed d/g f = ctime; changed . = mtime+ctime; changed d = mtime+ctime
  by rename to its own link                | link f g; mark f .; rename f g; changed f = nothing; changed . = nothing
  by being replaced                        | put g x; link g h; mark h; rename f g; changed h = ctime
  by setxattr and removexattr              | mark f .; setxattr f user.a b 0; changed f = ctime; mark f; removexattr f user.a; changed f = ctime; changed . = nothing
  by a mapping                             | open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; mark f; poke M 0 J; msync M 4096 MS_SYNC; changed f = mtime+ctime
  by copy_file_range                       | put g x; open f O_RDWR as F; open g O_RDONLY as G; mark f; copy_file_range G 0 F 0 1 0 = 1; changed f = mtime+ctime
  by looking at it                         | mark f d; stat f; access f R_OK; changed f = nothing; statx AT f 0; listxattr f; changed f = nothing; changed d = nothing
  by failed calls                          | mark f .; link f d = EEXIST; bob: chmod f 0777 = EPERM; bob: truncate f 0 = EACCES; rename f d = EISDIR; changed f = nothing; changed . = nothing

times of a directory:
  given                                    | mkdir d 0755; put d/f x; mkdir d/e 0755; mkdir c 0755
  by mkdir                                 | mark d; mkdir d/new 0755; changed d = mtime+ctime
  by rmdir                                 | mark d; rmdir d/e; changed d = mtime+ctime
  by symlink                               | mark d; symlink x d/s; changed d = mtime+ctime
  by mknod                                 | mark d; mknod d/p S_IFIFO|0644 0; changed d = mtime+ctime
  by creation of a file                    | mark d; open d/g O_CREAT|O_WRONLY 0644; changed d = mtime+ctime
  by opening what is there                 | mark d; open d/f O_CREAT|O_RDWR 0644; changed d = nothing
  by rename within                         | mark d d/f; rename d/f d/g; changed d = mtime+ctime; changed d/g d/f = ctime
  by rename of a directory away            | mark d c d/e; rename d/e c/e; changed d = mtime+ctime; changed c = mtime+ctime; changed c/e d/e = ctime
  by exchange                              | put c/h y; mark d c d/f c/h; renameat2 AT d/f AT c/h RENAME_EXCHANGE; changed d = mtime+ctime; changed c = mtime+ctime; changed d/f c/h = ctime; changed c/h d/f = ctime
  by what is written within                | mark d; put d/f longer; chmod d/f 0600; changed d = nothing
  by chmod                                 | mark d; chmod d 0700; changed d = ctime
  by failed calls                          | mark d; mkdir d/e 0755 = EEXIST; rmdir d = ENOTEMPTY; unlink d/e = EISDIR; unlink d/no = ENOENT; link d/f d/e = EEXIST; changed d = nothing

atime:
  follows reading when it is old           | put f hello; utimensat AT f 1 2 0; mark f; cat f; changed f = atime
  follows reading when it is before mtime  | put f hello; cat f; mark f; open f O_WRONLY as F; write F x; mark f; cat f; changed f = atime
  is left alone when it is young enough    | put f hello; mark f; cat f; mark f; cat f; changed f = nothing
  follows listing                          | mkdir d 0755; put d/f x; utimensat AT d 1 2 0; mark d; list d; changed d = atime
  follows readlink                         | symlink t s; utimensat AT s 1 2 AT_SYMLINK_NOFOLLOW; mark s; readlink s; changed s = atime
  follows execution                        | install f /bin/true 0755; utimensat AT f 1 2 0; mark f; execute ./f = exit 0; changed f = atime
  is left alone by O_NOATIME               | put f hello; utimensat AT f 1 2 0; mark f; open f O_RDONLY|O_NOATIME as F; read F 5; changed f = nothing
