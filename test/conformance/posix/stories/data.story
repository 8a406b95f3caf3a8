# The bytes of files: reading, writing, cutting, holes, copies.

reading:
  ends at the end                          | put f hello; open f O_RDONLY as F; read F 100 = "hello"; read F 100 = ""; pread F 10 3 = "lo"; pread F 10 5 = ""; pread F 10 1M = ""
  at a position before the start fails     | put f x; open f O_RDWR as F; pread F 1 -1 = EINVAL; pwrite F x -1 = EINVAL; lseek F -1 SEEK_SET = EINVAL; lseek F -2 SEEK_END = EINVAL
  into several buffers                     | put f hello; open f O_RDONLY as F; preadv F 2 3 0 = "hello"; preadv F 3 3 1 = "ello"
  of a bad descriptor fails                | read 999 1 = EBADF; write 999 x = EBADF; close 999 = EBADF; fsync 999 = EBADF; lseek 999 0 0 = EBADF
  sees at once what others write           | put f hello; open f O_RDONLY as F; read F 5 = "hello"; alice2: open f O_WRONLY as F; alice2: pwrite F J 0; pread F 5 0 = "Jello"
  sees at once what others cut             | put f hello; open f O_RDONLY as F; read F 5 = "hello"; alice2: truncate f 2; pread F 5 0 = "he"; fstat F = size=2
  goes on where it is                      | put f hello; open f O_RDONLY as F; read F 2 = "he"; lseek F 0 SEEK_CUR = 2; dup F as G; read G 2 = "ll"; read F 2 = "o"

writing:
  moves the position and the size          | open f O_CREAT|O_RDWR 0644 as F; write F hello = 5; lseek F 0 SEEK_CUR = 5; fstat F = size=5; pwrite F x 9; lseek F 0 SEEK_CUR = 5; fstat F = size=10; pread F 10 0 = "hello\x00\x00\x00\x00x"
  beyond the end leaves zeros              | open f O_CREAT|O_RDWR 0644 as F; pwrite F end 1M; fstat F = size=1048579; holds F 0 1M 0 = yes; pread F 3 1M = "end"
  in the middle keeps what is around       | open f O_CREAT|O_RDWR 0644 as F; fill F 0 300000 a; pwrite F X 65536; pwrite F Y 150000; holds F 0 65536 a = yes; pread F 3 65535 = "aXa"; pread F 3 149999 = "aYa"; holds F 150001 149999 a = yes
  of much is all there                     | open f O_CREAT|O_RDWR 0644 as F; fill F 0 5M z; fsync F = 0; holds F 0 5M z = yes; fstat F = size=5242880; close F; open f O_RDONLY as G; holds G 0 5M z = yes
  without a byte does nothing              | put f hello; open f O_RDWR as F; write F "" = 0; pwrite F "" 1M = 0; fstat F = size=5
  from a bad address fails                 | open f O_CREAT|O_WRONLY 0644 as F; write F EVIL = EFAULT; fstat F = size=0
  synchronously                            | open f O_CREAT|O_WRONLY|O_SYNC 0644 as F; write F hello = 5; cat f = "hello"; open f O_WRONLY|O_DSYNC as G; pwrite G J 0; cat f = "Jello"
  with O_APPEND for one call               | put f one; open f O_RDWR as F; pwritev2 F two 0 RWF_APPEND = 3; cat f = "onetwo"; lseek F 0 SEEK_CUR = 0
  is whole for those who look              | put f hello; open f O_WRONLY as F; write F HELLO; cat f = "HELLO"; alice2: cat f = "HELLO"; stat f = size=5
  ends at the limit of the process         | open f O_CREAT|O_RDWR 0644 as F; limit-file-size 10; write F {a*8} = 8; write F {b*8} = 2; write F c = EFBIG; ftruncate F 11 = EFBIG; ftruncate F 10; fstat F = size=10
  beyond the largest file fails            | open f O_CREAT|O_RDWR 0644 as F; pwrite F x 0x7ffffffffffffffe = EFBIG; truncate f 0x7fffffffffffffff = EFBIG; fallocate F 0 0x7ffffffffffff000 4096 = EFBIG; fstat F = size=0
  far out is taken                         | open f O_CREAT|O_RDWR 0644 as F; pwrite F x 8T = 1; fstat F = size=8796093022209; pread F 1 8T = "x"; pread F 1 4T = "\x00"; lseek F 0 SEEK_DATA = 8796093022208
  with O_APPEND taken away later           | put f one; open f O_RDWR|O_APPEND as F; fcntl F F_SETFL 0; pwrite F X 0 = 1; cat f = "Xne"; fcntl F F_SETFL O_APPEND; pwrite F Y 0; cat f = "XneY"
  with O_APPEND but not for one call       | put f one; open f O_RDWR|O_APPEND as F; pwritev2 F X 0 RWF_NOAPPEND = 1; cat f = "Xne"
  through two descriptors                  | open f O_CREAT|O_RDWR 0644 as F; open f O_RDWR as G; write F one; pwrite G TWO 3; pread F 6 0 = "oneTWO"; close F; pread G 6 0 = "oneTWO"

direct reading and writing:
  given                                    | open f O_CREAT|O_RDWR|O_DIRECT 0644 as F
  is seen by the others                    | fill F 0 64K x; fstat F = size=65536; open f O_RDONLY as G; holds G 0 64K x = yes; fill F 4096 4096 y; holds G 4096 4096 y = yes; holds G 8192 4096 x = yes
  sees what the others wrote               | open f O_RDWR as G; fill G 0 64K x; holds F 0 64K x = yes; pwrite G Y 5000; alice2: open f O_RDONLY|O_DIRECT as F; alice2: holds F 0 4096 x = yes; pread G 1 5000 = "Y"
  sees what was written through a mapping  | open f O_RDWR as G; fill G 0 8192 x; mmap G 8192 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 {y*4096}; holds F 0 4096 y = yes; holds F 4096 4096 x = yes
  is seen through a mapping                | open f O_RDWR as G; fill G 0 8192 x; mmap G 8192 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; peek M 0 1 = "x"; fill F 0 4096 y; peek M 0 1 = "y"; peek M 4096 1 = "x"
  goes on beyond the end                   | fill F 128K 64K x; fstat F = size=196608; holds F 0 128K 0 = yes; holds F 128K 64K x = yes; lseek F 0 SEEK_DATA = 131072

bytes that are safe already:
  given                                    | open f O_CREAT|O_RDWR 0644 as F; fill F 0 200000 a; fsync F
  are cut and grown with zeros             | ftruncate F 10; fsync F; ftruncate F 200000; holds F 0 10 a = yes; holds F 10 199990 0 = yes; close F; open f O_RDONLY as G; holds G 10 199990 0 = yes
  are cut within a block and grown         | ftruncate F 70000; ftruncate F 80000; fsync F; close F; open f O_RDONLY as G; holds G 0 70000 a = yes; holds G 70000 10000 0 = yes
  are gone on with behind a gap            | close F; open f O_WRONLY as G; pwrite G end 300000; close G; open f O_RDONLY as H; holds H 0 200000 a = yes; holds H 200000 100000 0 = yes; pread H 3 300000 = "end"
  are written over in the middle           | close F; open f O_RDWR as G; pwrite G bbb 65534; fsync G; close G; open f O_RDONLY as H; holds H 0 65534 a = yes; pread H 3 65534 = "bbb"; holds H 65537 134463 a = yes
  are written over once more               | pwrite F b 0; fsync F; pwrite F c 1; fsync F; pwrite F d 150000; close F; cat f = not "x"; open f O_RDONLY as H; pread H 3 0 = "bca"; pread H 2 150000 = "da"
  are emptied under an open descriptor     | open f O_WRONLY|O_TRUNC as G; pread F 1 0 = ""; pwrite F x 5; pread F 6 0 = "\x00\x00\x00\x00\x00x"; write G y; pread F 6 0 = "y\x00\x00\x00\x00x"
  have holes punched and refilled          | fallocate F FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE 65536 65536; fsync F; pwrite F x 70000; close F; open f O_RDONLY as H; holds H 65536 4464 0 = yes; pread H 2 70000 = "x\x00"; holds H 131072 68928 a = yes
  are followed by a mapping                | close F; open f O_RDWR as G; mmap G 200704 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; peek M 199999 2 = "a\x00"; poke M 100000 bbb; close G; munmap M 200704; open f O_RDONLY as H; pread H 5 99999 = "abbba"
  survive the name                         | unlink f; pwrite F bbb 100000; fsync F; pread F 5 99999 = "abbba"; fstat F = size=200000 nlink=0
  move with the file                       | rename f g; pwrite F b 0; close F; open g O_RDONLY as H; pread H 2 0 = "ba"; holds H 1 199999 a = yes
  are exchanged with the file              | put g other; open g O_RDWR as G; pwrite F b 0; pwrite G O 0; renameat2 AT f AT g RENAME_EXCHANGE; close F; close G; cat f = "Other"; open g O_RDONLY as H; pread H 2 0 = "ba"
  are seen through every link              | link f g; open g O_RDWR as G; pwrite G b 0; pread F 2 0 = "ba"; mmap F 4096 PROT_READ MAP_SHARED 0 as M; pwrite G c 1; peek M 0 3 = "bca"; ftruncate G 2; fstat F = size=2
  are copied and stay                      | open g O_CREAT|O_RDWR 0644 as G; copy_file_range F 0 G 0 200000 0 = 200000; pwrite F b 0; close F; close G; open g O_RDONLY as H; holds H 0 200000 a = yes

names that come back:
  belong to new files                      | put f one; stat f = size=3; unlink f; put f second; cat f = "second"; unlink f; stat f = ENOENT; mkdir f 0755; rmdir f; symlink x f; readlink f = "x"; unlink f; put f third; cat f = "third"
  by a rename to and fro                   | put f one; put g two; rename f t; rename g f; rename t g; cat f = "two"; cat g = "one"; stat t = ENOENT
  in a directory that comes back           | mkdir d 0755; put d/f one; unlink d/f; rmdir d; mkdir d 0755; stat d/f = ENOENT; list d = nothing; put d/f two; cat d/f = "two"
  are known as missing no longer           | stat f = ENOENT; stat f = ENOENT; alice2: put f x; cat f = "x"; alice2: unlink f; stat f = ENOENT; alice2: put g y; alice2: rename g f; cat f = "y"

truncate:
  cuts                                     | put f hello; truncate f 2; cat f = "he"; stat f = size=2; truncate f 0; cat f = ""
  grows with zeros                         | put f hello; truncate f 8; cat f = "hello\x00\x00\x00"; truncate f 3; truncate f 6; cat f = "hel\x00\x00\x00"
  grows across blocks                      | open f O_CREAT|O_RDWR 0644 as F; fill F 0 100000 a; ftruncate F 70000; ftruncate F 200000; holds F 0 70000 a = yes; holds F 70000 130000 0 = yes
  needs write permission                   | put f x; chmod f 0644; bob: truncate f 0 = EACCES; root: truncate f 0 = 0; chmod f 0444; truncate f 1 = EACCES
  of what is no file fails                 | mkdir d 0755; truncate d 0 = EISDIR; truncate no 0 = ENOENT; put f x; truncate f/g 0 = ENOTDIR; truncate f -1 = EINVAL; mknod p S_IFIFO|0644 0; truncate p 0 = EINVAL
  follows symbolic links                   | put f hello; symlink f s; truncate s 1; cat f = "h"
  of a program that runs fails             | install f /bin/sleep 0755; start ./f 100 as P; truncate f 0 = ETXTBSY; open f O_WRONLY = ETXTBSY; open f O_RDONLY; stop P; open f O_WRONLY
  by a descriptor that was renamed         | put f hello; open f O_RDWR as F; rename f g; ftruncate F 1; cat g = "h"
  to the same size                         | put f hello; truncate f 5; cat f = "hello"

lseek:
  knows its ways                           | put f hello; open f O_RDONLY as F; lseek F 2 SEEK_SET = 2; lseek F 1 SEEK_CUR = 3; lseek F 0 SEEK_END = 5; lseek F 10 SEEK_END = 15; read F 1 = ""; lseek F 0 9 = EINVAL
  finds data and holes                     | open f O_CREAT|O_RDWR 0644 as F; fill F 1M 64K x; ftruncate F 3M; lseek F 0 SEEK_DATA = 1048576; lseek F 1M SEEK_DATA = 1048576; lseek F 1M SEEK_HOLE = 1114112; lseek F 0 SEEK_HOLE = 0; lseek F 2M SEEK_DATA = ENXIO; lseek F 2M SEEK_HOLE = 2097152
  finds the end as a hole                  | put f hello; open f O_RDONLY as F; lseek F 0 SEEK_HOLE = 5; lseek F 4 SEEK_HOLE = 5; lseek F 0 SEEK_DATA = 0; lseek F 5 SEEK_HOLE = ENXIO; lseek F 5 SEEK_DATA = ENXIO; lseek F 9 SEEK_HOLE = ENXIO
  finds nothing in an empty file           | put f ""; open f O_RDONLY as F; lseek F 0 SEEK_DATA = ENXIO; lseek F 0 SEEK_HOLE = ENXIO
  finds holes in what is closed and opened | open f O_CREAT|O_RDWR 0644 as F; fill F 1M 64K x; ftruncate F 3M; fsync F; close F; open f O_RDONLY as G; lseek G 0 SEEK_DATA = 1048576; lseek G 1M SEEK_HOLE = 1114112
  of a fifo fails                          | mknod p S_IFIFO|0644 0; open p O_RDONLY|O_NONBLOCK as P; lseek P 0 SEEK_SET = ESPIPE; pread P 1 0 = ESPIPE

sparse files:
  take no room where nothing is            | open f O_CREAT|O_RDWR 0644 as F; ftruncate F 10M; close F; blocks f = none; open f O_RDWR as G; fill G 4M 1M x; close G; blocks f = some; stat f = size=10485760
  take room where something is             | open f O_CREAT|O_RDWR 0644 as F; fill F 0 1M x; close F; blocks f = all
  take room that is reserved               | open f O_CREAT|O_RDWR 0644 as F; fallocate F 0 0 1M; close F; blocks f = all
  give room back                           | open f O_CREAT|O_RDWR 0644 as F; fill F 0 1M x; fallocate F FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE 0 1M; fsync F; close F; blocks f = none; stat f = size=1048576

fallocate:
  given                                    | open f O_CREAT|O_RDWR 0644 as F; fill F 0 256K x
  reserves and grows                       | fallocate F 0 0 1M; fstat F = size=1048576; holds F 0 256K x = yes; holds F 256K 768K 0 = yes
  reserves and keeps the size              | fallocate F FALLOC_FL_KEEP_SIZE 0 1M; fstat F = size=262144; holds F 0 256K x = yes; pread F 1 256K = ""
  reserves within                          | fallocate F 0 0 1000; fstat F = size=262144; holds F 0 256K x = yes
  punches holes                            | fallocate F FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE 64K 64K; holds F 0 64K x = yes; holds F 64K 64K 0 = yes; holds F 128K 128K x = yes; lseek F 0 SEEK_HOLE = 65536; lseek F 64K SEEK_DATA = 131072
  punches parts of blocks                  | fallocate F FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE 100 1000; pread F 1 99 = "x"; holds F 100 1000 0 = yes; holds F 1100 1000 x = yes
  punches nothing beyond the end           | fallocate F FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE 512K 64K; fstat F = size=262144
  punches only with the size kept          | fallocate F FALLOC_FL_PUNCH_HOLE 0 64K = EOPNOTSUPP
  zeroes                                   | fallocate F FALLOC_FL_ZERO_RANGE 1000 100000; pread F 1 999 = "x"; holds F 1000 100000 0 = yes; holds F 101000 1000 x = yes; fstat F = size=262144
  zeroes and grows                         | fallocate F FALLOC_FL_ZERO_RANGE 128K 256K; fstat F = size=393216; holds F 0 128K x = yes; holds F 128K 256K 0 = yes
  zeroes and keeps the size                | fallocate F FALLOC_FL_ZERO_RANGE|FALLOC_FL_KEEP_SIZE 128K 256K; fstat F = size=262144; holds F 128K 128K 0 = yes
  takes ranges out                         | pwrite F end 192K; fallocate F FALLOC_FL_COLLAPSE_RANGE 64K 64K; fstat F = size=196608; pread F 3 128K = "end"
  takes whole blocks out                   | fallocate F FALLOC_FL_COLLAPSE_RANGE 100 64K = EINVAL; fallocate F FALLOC_FL_COLLAPSE_RANGE 128K 128K = EINVAL
  puts ranges in                           | pwrite F end 192K; fallocate F FALLOC_FL_INSERT_RANGE 64K 64K; fstat F = size=327680; holds F 64K 64K 0 = yes; pread F 3 256K = "end"
  of nothing fails                         | fallocate F 0 0 0 = EINVAL; fallocate F 0 -1 10 = EINVAL; fallocate F 0 0 -1 = EINVAL
  of what is no file fails                 | mkdir d 0755; open d O_RDONLY as D; fallocate D 0 0 10 = EBADF; mknod p S_IFIFO|0644 0; open p O_RDWR|O_NONBLOCK as P; fallocate P 0 0 10 = ESPIPE; fallocate 999 0 0 10 = EBADF

copy_file_range:
  given                                    | put a 0123456789; put b ABCDEFGHIJ; open a O_RDWR as A; open b O_RDWR as B
  copies at positions                      | copy_file_range A 2 B 4 3 0 = 3; cat b = "ABCD234HIJ"; lseek A 0 SEEK_CUR = 0; lseek B 0 SEEK_CUR = 0
  moves the descriptors' own positions     | copy_file_range A - B - 4 0 = 4; lseek A 0 SEEK_CUR = 4; lseek B 0 SEEK_CUR = 4; cat b = "0123EFGHIJ"
  stops at the end                         | copy_file_range A 8 B 0 100 0 = 2; copy_file_range A 10 B 0 100 0 = 0; copy_file_range A 50 B 0 100 0 = 0; cat b = "89CDEFGHIJ"
  grows the target                         | copy_file_range A 0 B 8 10 0 = 10; stat b = size=18; copy_file_range A 0 B 100 5 0 = 5; stat b = size=105; holds B 18 82 0 = yes
  between file systems fails               | memory-file hello as M; copy_file_range M 0 B 0 5 0 = EXDEV; copy_file_range B 0 M 0 5 0 = EXDEV; cat b = "ABCDEFGHIJ"
  never beyond what files may hold         | copy_file_range A 0 B 0x7ffffffffffffffe 5 0 = EFBIG; copy_file_range A 0x7ffffffffffffffe B 0 5 0 = 0; cat b = "ABCDEFGHIJ"
  copies holes as zeros                    | ftruncate A 1M; copy_file_range A 0 B 0 1M 0 = 1048576; stat b = size=1048576; cat a = not "x"; holds B 10 1048566 0 = yes
  within one file                          | copy_file_range A 0 A 5 5 0 = 5; cat a = "0123401234"
  over itself fails                        | copy_file_range A 0 A 2 5 0 = EINVAL
  wants no flags                           | copy_file_range A 0 B 0 5 1 = EINVAL
  wants the right descriptors              | open a O_WRONLY as W; open b O_RDONLY as R; copy_file_range W 0 B 0 5 0 = EBADF; copy_file_range A 0 R 0 5 0 = EBADF; open b O_WRONLY|O_APPEND as P; copy_file_range A 0 P 0 5 0 = EBADF
  wants files                              | mkdir d 0755; open d O_RDONLY as D; copy_file_range D 0 B 0 5 0 = EISDIR; mknod p S_IFIFO|0644 0; open p O_RDWR as P; copy_file_range P - B 0 5 0 = EINVAL
  copies much                              | fill A 0 3M m; copy_file_range A 0 B 0 3M 0; copy_file_range A 1M B 1M 2M 0; copy_file_range A 2M B 2M 1M 0; holds B 0 3M m = yes
  is seen at once                          | pread B 3 0 = "ABC"; copy_file_range A 0 B 0 3 0 = 3; pread B 3 0 = "012"; alice2: cat b = "012DEFGHIJ"

other ways to copy:
  sendfile                                 | put a 0123456789; open a O_RDONLY as A; open b O_CREAT|O_RDWR 0644 as B; sendfile B A 2 5 = 5; cat b = "23456"
  splice                                   | put a 0123456789; open a O_RDONLY as A; open b O_CREAT|O_RDWR 0644 as B; splice A B 6 = 6; cat b = "012345"

synchronisation:
  of what was written                      | open f O_CREAT|O_RDWR 0644 as F; write F x; fsync F = 0; fdatasync F = 0; syncfs F = 0; sync_file_range F 0 1 SYNC_FILE_RANGE_WRITE = 0; open f O_RDONLY as R; fsync R = 0
  of what has no bytes fails               | mknod p S_IFIFO|0644 0; open p O_RDWR as P; fsync P = EINVAL
  of advice                                | put f hello; open f O_RDONLY as F; fadvise F 0 0 POSIX_FADV_SEQUENTIAL = 0; fadvise F 0 0 POSIX_FADV_DONTNEED = 0; fadvise F 0 0 POSIX_FADV_WILLNEED = 0; readahead F 0 4096 = 0; read F 5 = "hello"
  of what is left                          | put f hello; open f O_RDONLY as F; available F = 5; read F 2; available F = 3
  of unknown control calls                 | put f x; open f O_RDONLY as F; unknown-ioctl F = ENOTTY; mkdir d 0755; open d O_RDONLY as D; unknown-ioctl D = ENOTTY
  of clones                                | put f x; open f O_RDONLY as F; open g O_CREAT|O_RDWR 0644 as G; clone G F = EOPNOTSUPP
  of readiness                             | put f x; open f O_RDWR as F; poll F = inout
