# Making, removing and listing directories.

mkdir:
  makes an empty directory                 | mkdir d 0755; stat d = type=directory mode=0755 uid=@alice; list d = nothing
  applies the umask                        | umask 027; mkdir d 0777; stat d = mode=0750
  keeps the sticky bit that is asked for   | mkdir d 01775; stat d = mode=1775
  does not take set-id bits from the mode  | mkdir d 06755; stat d = mode=0755
  over anything fails                      | put f x; mkdir f 0755 = EEXIST; mkdir d 0755; mkdir d 0755 = EEXIST; symlink no s; mkdir s 0755 = EEXIST
  needs write permission above             | mkdir d 0755; bob: mkdir d/e 0755 = EACCES; chmod d 0777; bob: mkdir d/e 0755; stat d/e = uid=@bob gid=@bob
  needs search permission above            | mkdir d 0777; mkdir d/e 0777; chmod d 0700; bob: mkdir d/e/f 0755 = EACCES
  works at a directory's descriptor        | mkdir d 0755; open d O_RDONLY|O_DIRECTORY as D; mkdirat D e 0755; stat d/e = type=directory
  works at a path-only descriptor          | mkdir d 0755; open d O_PATH as D; mkdirat D e 0755; stat d/e = type=directory
  at a file's descriptor fails             | put f x; open f O_RDONLY as F; mkdirat F e 0755 = ENOTDIR
  at a bad descriptor fails                | mkdirat 999 e 0755 = EBADF
  in a removed directory fails             | mkdir d 0755; open d O_RDONLY as D; rmdir d; mkdirat D e 0755 = ENOENT; openat D f O_CREAT|O_RDWR 0644 = ENOENT; symlinkat x D s = ENOENT

rmdir:
  removes an empty directory               | mkdir d 0755; rmdir d; stat d = ENOENT; rmdir d = ENOENT
  of one that is not empty fails           | mkdir d 0755; put d/f x; rmdir d = ENOTEMPTY; unlink d/f; rmdir d
  of one that holds a directory fails      | mkdir d 0755; mkdir d/e 0755; rmdir d = ENOTEMPTY; rmdir d/e; rmdir d
  of a file fails                          | put f x; rmdir f = ENOTDIR; symlink f s; rmdir s = ENOTDIR; mknod p S_IFIFO|0644 0; rmdir p = ENOTDIR
  needs write permission above             | mkdir d 0755; mkdir d/e 0777; bob: rmdir d/e = EACCES; rmdir d/e
  by unlinkat                              | mkdir d 0755; unlinkat AT d 0 = EISDIR; unlinkat AT d AT_REMOVEDIR; put f x; unlinkat AT f AT_REMOVEDIR = ENOTDIR; unlinkat AT f 4 = EINVAL
  leaves an open one without entries    | mkdir d 0755; open d O_RDONLY|O_DIRECTORY as D; rmdir d; fstat D = nlink=0 type=directory; getdents D 4096 = ENOENT
  leaves the working directory nowhere     | mkdir d 0755; bob: chdir d; rmdir d; bob: stat . = nlink=0; bob: put f x = ENOENT; bob: working-directory = ENOENT

link counts of directories:
  count the directories within             | mkdir d 0755; stat d = nlink=2; mkdir d/a 0755; stat d = nlink=3; mkdir d/b 0755; stat d = nlink=4; rmdir d/a; stat d = nlink=3
  do not count files                       | mkdir d 0755; put d/f x; stat d = nlink=2
  follow a move                            | mkdir a 0755; mkdir b 0755; mkdir a/d 0755; rename a/d b/d; stat a = nlink=2; stat b = nlink=3
  follow a replacement                     | mkdir a 0755; mkdir a/x 0755; mkdir a/y 0755; stat a = nlink=4; rename a/x a/y; stat a = nlink=3
  follow an exchange                       | mkdir a 0755; mkdir b 0755; mkdir a/d 0755; put b/f x; renameat2 AT a/d AT b/f RENAME_EXCHANGE; stat a = nlink=2; stat b = nlink=3

listings:
  tell types and numbers                   | put f x; mkdir d 0755; symlink f s; mknod p S_IFIFO|0644 0; mknod k S_IFSOCK|0644 0
    | entry . f = type=file; entry . d = type=directory; entry . s = type=symlink; entry . p = type=fifo; entry . k = type=socket
  tell the numbers that stat tells         | mkdir d 0755; put d/f x; mkdir d/e 0755; symlink f d/s; mknod d/p S_IFIFO|0644 0; link d/f d/g; entries-match d = yes; entries-match d/e = yes; rename d/e d/h; entries-match d/h = yes
  have . and ..                            | mkdir d 0755; entry d . = type=directory; entry d .. = type=directory
  of a large directory have each name once | mkdir d 0755; make-many d a 600; opendir d as D; count-rest D = 602; rewinddir D; count-rest D = 602
  can be gone on with at every position    | mkdir d 0755; make-many d name 300; every-position d = yes
  can be gone on with when others come     | mkdir d 0755; make-many d a 200; opendir d as D; skip D 50; telldir D as P; make-many d b 100; seekdir D P; skip D 152; rewinddir D; count-rest D = 302
  can be emptied while they are read       | mkdir d 0755; make-many d a 400; remove-while-listing d = 400; rmdir d
  begin anew after rewinddir               | mkdir d 0755; opendir d as D; count-rest D = 2; put d/new x; rewinddir D; count-rest D = 3
  go on while names are taken away         | mkdir d 0755; make-many d a 3; opendir d as D; rewinddir D; unlink d/a0; unlink d/a1; rewinddir D; rest D = "a2"
  need read permission                     | mkdir d 0711; put d/f x; bob: list d = EACCES; bob: cat d/f = "x"
  do not need search permission            | mkdir d 0744; put d/f x; bob: list d = "f"; bob: cat d/f = EACCES; bob: stat d/f = EACCES
  come through small buffers               | mkdir d 0755; make-many d name 100; count-entries d 48 = 102; count-entries d 100 = 102; count-entries d 4096 = 102
  go on after what was removed             | mkdir d 0755; make-many d a 20; opendir d as D; skip D 5; telldir D as P; skip D 1; telldir D as Q; count-rest D = 16; seekdir D Q; count-rest D = 16; seekdir D P; count-rest D = 17
  with too small a buffer fail             | mkdir d 0755; open d O_RDONLY as D; getdents D 8 = EINVAL
  of a file fail                           | put f x; list f = ENOTDIR; open f O_RDONLY as F; getdents F 4096 = ENOTDIR
  of a path-only descriptor fail           | mkdir d 0755; open d O_PATH as D; getdents D 4096 = EBADF

working directory:
  follows a rename                         | mkdir d 0755; put d/f x; chdir d; working-directory = d; rename ../d ../e; working-directory = e; cat f = "x"
  needs search permission                  | mkdir d 0744; bob: chdir d = EACCES; chmod d 0711; bob: chdir d
  is a directory                           | put f x; chdir f = ENOTDIR; chdir nothing = ENOENT; open f O_RDONLY as F; fchdir F = ENOTDIR
  may be deeper than paths reach           | open . O_RDONLY as T; descend {d*250} 20; put f x; cat f = "x"; stat .. = type=directory; working-directory = ENAMETOOLONG; unlink f; ascend {d*250} 20; list . = nothing
  comes from a descriptor                  | mkdir d 0755; put d/f x; open d O_PATH as D; fchdir D; cat f = "x"
  is chroot's only for root                | mkdir d 0755; bob: chroot d = EPERM

reading a directory as a file:
  is refused                               | mkdir d 0755; open d O_RDONLY as D; read D 10 = EISDIR; open d O_WRONLY = EISDIR; open d O_RDWR = EISDIR; open d O_RDONLY|O_TRUNC = EISDIR
  is refused when it is to be made         | mkdir d 0755; open d O_CREAT|O_RDONLY 0644 = EISDIR; open d O_CREAT|O_EXCL 0644 = EEXIST; creat d 0644 = EISDIR
  can be synchronised                      | mkdir d 0755; open d O_RDONLY as D; fsync D = 0; fdatasync D = 0
  can be sought to its start               | mkdir d 0755; open d O_RDONLY as D; lseek D 0 SEEK_SET = 0
