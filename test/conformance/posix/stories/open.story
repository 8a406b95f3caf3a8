# open(2) and its flags.

open:
  of nothing fails                         | open f O_RDONLY = ENOENT; open f O_RDWR = ENOENT
  makes a file with O_CREAT                | open f O_CREAT|O_WRONLY 0640 as F; stat f = type=file mode=0640 size=0 nlink=1 uid=@alice gid=@alice
  applies the umask                        | umask 077; open f O_CREAT|O_WRONLY 0666; stat f = mode=0600
  takes set-id and sticky bits             | open f O_CREAT|O_WRONLY 07755; stat f = mode=7755
  leaves the mode of what is there         | put f x; chmod f 0600; open f O_CREAT|O_RDWR 0777; stat f = mode=0600
  gives what the flags say, not the mode   | open f O_CREAT|O_RDWR 0000 as F; write F hello; pread F 5 0 = "hello"; open f O_RDONLY = EACCES
  with O_EXCL wants nothing there          | open f O_CREAT|O_EXCL|O_WRONLY 0644; open f O_CREAT|O_EXCL|O_WRONLY 0644 = EEXIST
  with O_EXCL does not follow links        | symlink f s; open s O_CREAT|O_EXCL|O_WRONLY 0644 = EEXIST; stat f = ENOENT
  with O_CREAT follows links               | symlink f s; open s O_CREAT|O_WRONLY 0644; stat f = type=file
  with O_CREAT follows links to nowhere    | symlink no/such s; open s O_CREAT|O_WRONLY 0644 = ENOENT; open s O_CREAT|O_WRONLY|O_NOFOLLOW 0644 = ELOOP; symlink t u; open u O_CREAT|O_WRONLY|O_NOFOLLOW 0644 = ELOOP; stat t = ENOENT
  with O_TRUNC empties                     | put f hello; open f O_WRONLY|O_TRUNC; stat f = size=0
  with O_TRUNC for reading empties too     | put f hello; open f O_RDONLY|O_TRUNC = not EACCES; stat f = size=0
  with O_TRUNC needs write permission      | put f hello; chmod f 0444; bob: open f O_RDONLY|O_TRUNC = EACCES; cat f = "hello"
  with O_TRUNC and O_EXCL                  | put f hello; open f O_CREAT|O_EXCL|O_TRUNC|O_RDWR 0644 = EEXIST; cat f = "hello"; open g O_CREAT|O_EXCL|O_TRUNC|O_RDWR 0644
  with O_DIRECTORY wants one               | put f x; open f O_DIRECTORY|O_RDONLY = ENOTDIR; mkdir d 0755; open d O_DIRECTORY|O_RDONLY; open no O_DIRECTORY|O_RDONLY = ENOENT
  with O_DIRECTORY and O_CREAT             | open d O_DIRECTORY|O_CREAT|O_RDONLY 0755 = EINVAL; stat d = ENOENT
  with O_NOFOLLOW does not follow          | put f x; symlink f s; open s O_RDONLY|O_NOFOLLOW = ELOOP; open f O_RDONLY|O_NOFOLLOW; mkdir d 0755; symlink d t; open t/. O_RDONLY|O_NOFOLLOW
  with O_NOFOLLOW and O_DIRECTORY          | mkdir d 0755; symlink d s; open s O_RDONLY|O_NOFOLLOW|O_DIRECTORY = ENOTDIR
  with O_NOATIME is for owners             | put f x; chmod f 0644; bob: open f O_RDONLY|O_NOATIME = EPERM; open f O_RDONLY|O_NOATIME; root: open f O_RDONLY|O_NOATIME
  with O_APPEND writes at the end          | put f one; open f O_WRONLY|O_APPEND as F; lseek F 0 SEEK_SET; write F two = 3; cat f = "onetwo"; lseek F 0 SEEK_CUR = 6
  with O_APPEND pwrite appends too         | put f one; open f O_RDWR|O_APPEND as F; pwrite F two 0 = 3; cat f = "onetwo"
  with O_APPEND set later                  | put f one; open f O_WRONLY as F; fcntl F F_SETFL O_APPEND; append-flag F = yes; write F two; cat f = "onetwo"; fcntl F F_SETFL 0; append-flag F = no; pwrite F X 0; cat f = "Xnetwo"
  for reading does not write               | put f x; open f O_RDONLY as F; write F y = EBADF; ftruncate F 0 = EINVAL; fallocate F 0 0 10 = EBADF
  for writing does not read                | put f x; open f O_WRONLY as F; read F 1 = EBADF; pread F 1 0 = EBADF
  needs permission for what is asked       | put f x; chmod f 0644; bob: open f O_RDONLY; bob: open f O_WRONLY = EACCES; bob: open f O_RDWR = EACCES; chmod f 0600; bob: open f O_RDONLY = EACCES
    | chmod f 0622; bob: open f O_WRONLY; bob: open f O_RDONLY = EACCES; chmod f 0000; open f O_RDONLY = EACCES; root: open f O_RDWR
  to make needs permission above           | mkdir d 0755; bob: open d/f O_CREAT|O_WRONLY 0644 = EACCES; chmod d 0733; bob: open d/f O_CREAT|O_WRONLY 0644; chmod d 0700; bob: open d/f O_RDONLY = EACCES
  counts the owner's bits for the owner    | put f x; chmod f 0077; open f O_RDONLY = EACCES; bob: cat f = "x"
  counts the group's bits for the group    | put f x; chown f @alice @team; chmod f 0707; bob: open f O_RDONLY = EACCES; carol: cat f = "x"; chmod f 0040; bob: cat f = "x"; carol: open f O_RDONLY = EACCES
  outlives a change of mode                | put f x; chmod f 0644; bob: open f O_RDONLY as F; chmod f 0600; bob: read F 1 = "x"; bob: open f O_RDONLY = EACCES
  of a fifo that nobody reads              | mknod p S_IFIFO|0644 0; open p O_WRONLY|O_NONBLOCK = ENXIO; open p O_RDONLY|O_NONBLOCK as R; open p O_WRONLY|O_NONBLOCK as W; write W hello; read R 5 = "hello"
  of a fifo waits for the other end        | mknod p S_IFIFO|0666 0; alice2: open p O_RDONLY as R &; alice2: waits; open p O_WRONLY as W; alice2: answers; write W hello; alice2: read R 5 = "hello"
  that waits is ended by a signal          | mknod p S_IFIFO|0666 0; alice2: handle SIGUSR1; alice2: open p O_RDONLY &; alice2: waits; alice2: gets SIGUSR1; alice2: answers = EINTR
  of a socket fails                        | mknod k S_IFSOCK|0644 0; open k O_RDONLY = ENXIO
  takes an unknown flag as nothing         | put f x; open f O_RDONLY|040000000

openat:
  is relative to a directory               | mkdir d 0755; open d O_RDONLY as D; openat D f O_CREAT|O_RDWR 0644 as F; stat d/f = type=file; openat D ../d/f O_RDONLY
  follows a directory that moves           | mkdir d 0755; open d O_PATH as D; rename d e; openat D f O_CREAT|O_RDWR 0644; stat e/f = type=file
  at a file fails                          | put f x; open f O_RDONLY as F; openat F g O_RDONLY = ENOTDIR; openat 999 g O_RDONLY = EBADF
  with an absolute path needs no directory | openat 999 /dev/null O_RDONLY

O_PATH:
  is for naming, not for using             | put f x; open f O_PATH as F; read F 1 = EBADF; write F y = EBADF; fchmod F 0600 = EBADF; fchown F @alice @alice = EBADF; ftruncate F 0 = EBADF; fstat F = size=1
  needs no permission on the file          | put f x; chmod f 0000; open f O_PATH as F; fstat F = mode=0000; reopen F O_RDONLY = EACCES
  with O_NOFOLLOW is the link itself       | symlink t s; open s O_PATH|O_NOFOLLOW as S; fstat S = type=symlink; readlinkat S "" = "t"
  can be opened in earnest                 | put f hello; open f O_PATH as F; reopen F O_RDONLY as G; read G 5 = "hello"
  keeps a removed file                     | put f hello; open f O_PATH as F; unlink f; fstat F = nlink=0 size=5; reopen F O_RDONLY as G; read G 5 = "hello"
  ignores what does not go with it         | put f hello; open f O_PATH|O_TRUNC|O_RDWR as F; cat f = "hello"

openat2:
  opens as open does                       | openat2 AT f O_CREAT|O_RDWR 0640 0 as F; stat f = mode=0640; openat2 AT f O_RDONLY 0640 0 = EINVAL; openat2 AT f O_RDONLY|040000000 0 0 = EINVAL
  stays beneath                            | mkdir d 0755; put d/f x; open d O_PATH as D; openat2 D f O_RDONLY 0 RESOLVE_BENEATH; openat2 D ../d/f O_RDONLY 0 RESOLVE_BENEATH = EXDEV; symlink ../d/f d/s; openat2 D s O_RDONLY 0 RESOLVE_BENEATH = EXDEV
  takes a directory as root                | mkdir d 0755; put d/f x; open d O_PATH as D; openat2 D /f O_RDONLY 0 RESOLVE_IN_ROOT; openat2 D ../../f O_RDONLY 0 RESOLVE_IN_ROOT
  refuses links                            | put f x; symlink f s; openat2 AT s O_RDONLY 0 RESOLVE_NO_SYMLINKS = ELOOP; openat2 AT f O_RDONLY 0 RESOLVE_NO_SYMLINKS
  does not leave the file system           | openat2 AT /proc/version O_RDONLY 0 RESOLVE_NO_XDEV = EXDEV; put f x; openat2 AT f O_RDONLY 0 RESOLVE_NO_XDEV

unlinked but open files:
  live until they are closed               | put f hello; open f O_RDWR as F; unlink f; stat f = ENOENT; fstat F = nlink=0 size=5; pread F 5 0 = "hello"; pwrite F HELLO 0; pread F 5 0 = "HELLO"
  can be written, cut and grown            | open f O_CREAT|O_RDWR 0644 as F; unlink f; write F {a*100}; ftruncate F 10; fstat F = size=10; ftruncate F 100000; holds F 10 99990 0 = yes; fsync F = 0
  keep their mode and owner settable       | open f O_CREAT|O_RDWR 0644 as F; unlink f; fchmod F 0600; fstat F = mode=0600; utimensat F NULL 1 2 0; fstat F = mtime=2.000000000; fsetxattr F user.a b 0; fgetxattr F user.a = "b"
  leave room for a new one of their name   | put f old; open f O_RDONLY as F; unlink f; put f new; read F 3 = "old"; cat f = "new"
  are seen by all who have them            | put f hello; chmod f 0666; bob: open f O_RDWR as F; open f O_RDONLY as F; unlink f; bob: pwrite F HELLO 0; read F 5 = "HELLO"
  get no new name                          | put f x; open f O_RDWR as F; unlink f; link-descriptor F g = ENOENT
  may be mapped                            | put f hello; open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; unlink f; close F; peek M 0 5 = "hello"; poke M 0 J; peek M 0 5 = "Jello"

O_TMPFILE:
  is a file without a name                 | open . O_TMPFILE|O_RDWR 0600 as F; fstat F = nlink=0 mode=0600 size=0; list . = nothing; write F hello; pread F 5 0 = "hello"
  gets a name later                        | open . O_TMPFILE|O_RDWR 0644 as F; write F hello; link-descriptor F f; cat f = "hello"; fstat F = nlink=1
  gets none when it is exclusive           | open . O_TMPFILE|O_EXCL|O_RDWR 0644 as F; link-descriptor F f = ENOENT
  needs writing                            | open . O_TMPFILE|O_RDONLY 0600 = EINVAL
  needs permission on the directory        | mkdir d 0755; bob: open d O_TMPFILE|O_RDWR 0600 = EACCES; chmod d 0777; bob: open d O_TMPFILE|O_RDWR 0600
  gets no name that is taken               | put f x; open . O_TMPFILE|O_RDWR 0644 as F; write F hello; link-descriptor F f = EEXIST; cat f = "x"; link-descriptor F g; cat g = "hello"
  gets further names                       | mkdir d 0755; open . O_TMPFILE|O_RDWR 0644 as F; write F hello; link-descriptor F d/f; link d/f g; fstat F = nlink=2; unlink d/f; write F more; cat g = "hellomore"; unlink g; fstat F = nlink=0; pread F 5 0 = "hello"
  has all that files have                  | umask 027; open . O_TMPFILE|O_RDWR 0666 as F; fstat F = mode=0640 uid=@alice gid=@alice; fchmod F 0755; fsetxattr F user.a v 0; fgetxattr F user.a = "v"; ftruncate F 100; utimensat F NULL 5.5 7.7 0; fstat F = mode=0755 size=100; link-descriptor F f; stat f = mode=0755 size=100 atime=5.000000005 mtime=7.000000007; getxattr f user.a = "v"; umask 022
  takes what the directory hands down      | mkdir d 0755; set-list d default u::rwx,u:7:rw,g::r,m::rw,o::; open d O_TMPFILE|O_RDWR 0666 as F; fstat F = mode=0660; link-descriptor F f; get-list f access = u::rw,u:7:rw,g::r,m::rw,o::
  loses set-id bits by writing             | open . O_TMPFILE|O_RDWR 0644 as F; fchmod F 06755; fstat F = mode=6755; write F x; fstat F = mode=0755; fchmod F 04755; fstat F = mode=4755; link-descriptor F f; stat f = mode=4755
  may be synced and mapped                 | open . O_TMPFILE|O_RDWR 0644 as F; write F hello; fsync F; mmap F 4096 PROT_READ MAP_SHARED 0 as M; peek M 0 5 = "hello"
  needs a directory                        | put f x; open f O_TMPFILE|O_RDWR 0600 = ENOTDIR; open no O_TMPFILE|O_RDWR 0600 = ENOENT
