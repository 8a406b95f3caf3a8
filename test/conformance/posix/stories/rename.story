# rename(2), link(2), unlink(2) and what they replace.

rename:
  moves a file                             | put f hello; rename f g; stat f = ENOENT; cat g = "hello"
  keeps what it is                         | put f x; chmod f 0640; stat f = nlink=1; link f h; rename f g; same-file g h = yes; stat g = nlink=2 mode=0640
  replaces a file                          | put f new; put g old; rename f g; cat g = "new"; stat f = ENOENT; list . = "g"
  replaces an open file, which lives on    | put f new; put g old; open g O_RDWR as G; rename f g; read G 3 = "old"; fstat G = nlink=0; pwrite G OLD 0; cat g = "new"
  replaces one of several links            | put f new; put g old; link g h; rename f g; stat h = nlink=1; cat h = "old"; cat g = "new"
  of an open file goes unnoticed           | put f hello; open f O_RDWR as F; rename f g; read F 5 = "hello"; pwrite F J 0; cat g = "Jello"; path-of F = g
  of a file to its own link does nothing   | put f x; link f g; rename f g; stat f = nlink=2; same-file f g = yes
  of a file to itself does nothing         | put f x; rename f f; cat f = "x"; mkdir d 0755; rename d d
  of nothing fails                         | rename f g = ENOENT; put g x; rename f g = ENOENT; cat g = "x"
  into nothing fails                       | put f x; rename f d/f = ENOENT; cat f = "x"
  replaces an empty directory              | mkdir a 0755; put a/f x; mkdir b 0755; rename a b; cat b/f = "x"; stat a = ENOENT
  of a directory to a full one fails       | mkdir a 0755; mkdir b 0755; put b/f x; rename a b = ENOTEMPTY; stat a = type=directory; cat b/f = "x"
  of a directory to a file fails           | mkdir d 0755; put f x; rename d f = ENOTDIR; symlink d s; rename d s = ENOTDIR
  of a file to a directory fails           | mkdir d 0755; put f x; rename f d = EISDIR; rename f d/ = ENOTDIR
  of a directory into itself fails         | mkdir d 0755; mkdir d/e 0755; rename d d/e = EINVAL; rename d d/e/f = EINVAL; rename d d/f = EINVAL; rename d/e d = ENOTEMPTY
  of a directory moves what is in it       | mkdir a 0755; mkdir a/b 0755; put a/b/f x; mkdir c 0755; rename a c/a; cat c/a/b/f = "x"; stat c/a/.. = type=directory nlink=3
  of a directory with a slash              | mkdir d 0755; rename d/ e/; stat e = type=directory; put f x; rename f/ g = ENOTDIR; rename f g/ = ENOTDIR
  of a symbolic link moves the link        | put f x; symlink f s; rename s t; readlink t = "f"; put g y; rename t g; readlink g = "f"; cat f = "x"
  needs write permission on both sides     | mkdir a 0755; mkdir b 0777; put a/f x; bob: rename a/f b/f = EACCES; chmod a 0777; chmod b 0755; bob: rename a/f b/f = EACCES; chmod b 0777; bob: rename a/f b/f
  of another's directory to another parent | mkdir a 0777; mkdir b 0777; mkdir a/d 0755; bob: rename a/d a/e; bob: rename a/e b/e = EACCES; chmod a/e 0777; bob: rename a/e b/e
  of the working directory's parent        | mkdir d 0755; mkdir d/e 0755; chdir d/e; rename ../../d ../../c; stat ../../c/e = type=directory; put f x; cat ../../c/e/f = "x"
  does not cross file systems              | put f x; rename f /proc/f = EXDEV; link f /dev/f = EXDEV; rename /proc/version f = EXDEV

renameat2:
  with NOREPLACE wants the name free       | put f x; put g y; renameat2 AT f AT g RENAME_NOREPLACE = EEXIST; cat g = "y"; renameat2 AT f AT h RENAME_NOREPLACE; cat h = "x"
  with NOREPLACE minds itself as well      | put f x; link f g; renameat2 AT f AT g RENAME_NOREPLACE = EEXIST; mkdir d 0755; renameat2 AT f AT d RENAME_NOREPLACE = EEXIST
  with EXCHANGE exchanges files            | put f x; put g y; open f O_RDONLY as F; renameat2 AT f AT g RENAME_EXCHANGE; cat f = "y"; cat g = "x"; path-of F = g
  with EXCHANGE exchanges unlike things    | put f x; mkdir d 0755; put d/g y; renameat2 AT f AT d RENAME_EXCHANGE; cat d = "x"; cat f/g = "y"; symlink t s; renameat2 AT s AT d RENAME_EXCHANGE; readlink d = "t"
  with EXCHANGE needs both                 | put f x; renameat2 AT f AT g RENAME_EXCHANGE = ENOENT; renameat2 AT g AT f RENAME_EXCHANGE = ENOENT
  with EXCHANGE makes no rings             | mkdir d 0755; mkdir d/e 0755; renameat2 AT d AT d/e RENAME_EXCHANGE = EINVAL; renameat2 AT d/e AT d RENAME_EXCHANGE = EINVAL
  with EXCHANGE between directories        | mkdir a 0755; mkdir b 0755; put a/f x; put b/g y; renameat2 AT a/f AT b/g RENAME_EXCHANGE; cat a/f = "y"; cat b/g = "x"
  with WHITEOUT leaves a device behind     | root: put f x; root: renameat2 AT f AT g RENAME_WHITEOUT; root: cat g = "x"; root: lstat f = type=character rdev=0:0
  with flags that exclude each other       | put f x; put g y; renameat2 AT f AT g RENAME_NOREPLACE|RENAME_EXCHANGE = EINVAL; renameat2 AT f AT g 8 = EINVAL; cat f = "x"
  works at descriptors                     | mkdir a 0755; mkdir b 0755; put a/f x; open a O_PATH as A; open b O_PATH as B; renameat A f B g; cat b/g = "x"; renameat 999 f B g = EBADF

link:
  gives a second name                      | put f x; link f g; stat f = nlink=2; same-file f g = yes; pwrite 99 x 0 = EBADF; put g longer; cat f = "longer"; unlink f; stat g = nlink=1
  to what is there fails                   | put f x; put g y; link f g = EEXIST; link f f = EEXIST; mkdir d 0755; link f d = EEXIST; cat g = "y"
  of nothing fails                         | link f g = ENOENT; put f x; link f d/g = ENOENT
  of a directory fails                     | mkdir d 0755; link d e = EPERM; root: link d e = EPERM
  does not follow symbolic links           | put f x; symlink f s; link s t; lstat t = type=symlink; stat f = nlink=1
  follows them when it is told to          | put f x; symlink f s; linkat AT s AT t AT_SYMLINK_FOLLOW; lstat t = type=file; stat f = nlink=2
  knows its flags                          | put f x; linkat AT f AT g 1 = EINVAL
  needs write permission where it goes     | mkdir d 0755; bob: put f x; bob: link f d/f = EACCES
  of many                                  | put f x; link f a; link f b; link f c; stat f = nlink=4; unlink a; unlink f; stat c = nlink=2; cat b = "x"
  of special files                         | mknod p S_IFIFO|0644 0; link p q; stat q = type=fifo nlink=2
  by an empty path is for the privileged   | root: put f x; root: open f O_RDONLY as F; root: linkat F "" AT g AT_EMPTY_PATH; root: stat g = nlink=2
  by /proc                                 | put f x; open f O_RDONLY as F; link-descriptor F g; stat g = nlink=2

unlink:
  of nothing fails                         | unlink f = ENOENT; unlink "" = ENOENT
  of a directory fails                     | mkdir d 0755; unlink d = EISDIR; root: unlink d = EISDIR
  takes one name of several                | put f x; link f g; unlink f; cat g = "x"; stat g = nlink=1
  needs write permission above, not on it  | mkdir d 0777; put d/f x; chmod d/f 0000; bob: unlink d/f; put d/g x; chmod d 0755; bob: unlink d/g = EACCES
  of special files                         | mknod p S_IFIFO|0644 0; unlink p; mknod k S_IFSOCK|0644 0; unlink k; list . = nothing
  frees the name at once                   | put f one; open f O_RDONLY as F; unlink f; mkdir f 0755; put f/g x; rmdir f = ENOTEMPTY; read F 3 = "one"

sticky directories of one's own:
  given                                    | mkdir t 0777; chmod t 01777; put t/f x
  let their owner do as he likes           | put t/g y; rename t/f t/g; cat t/g = "x"; unlink t/g; mkdir t/d 0755; rmdir t/d

sticky directories:
  given                                    | root: mkdir t 0777; root: chmod t 01777; put t/f x
  let only owners remove                   | bob: unlink t/f = EPERM; unlink t/f
  let only owners rename                   | bob: rename t/f t/g = EPERM; bob: put t/b y; bob: rename t/b t/f = EPERM; rename t/f t/g
  let only owners remove directories       | mkdir t/d 0777; bob: rmdir t/d = EPERM; rmdir t/d
  let others link and write                | chmod t/f 0666; bob: open t/f O_WRONLY as F; bob: write F y = 1
  let their owner remove                   | root: chown t @bob @bob; bob: unlink t/f
  let root remove                          | root: unlink t/f
  let only owners exchange                 | bob: put t/b y; bob: renameat2 AT t/b AT t/f RENAME_EXCHANGE = EPERM
