# What names are, how long they may be, and how paths are followed.

names:
  255 bytes are a name                     | mkdir {n*255} 0755; stat {n*255} = type=directory; list . = "{n*255}"
  256 bytes are too many for every call    | mkdir {n*256} 0755 = ENAMETOOLONG; stat {n*256} = ENAMETOOLONG; put {n*256} x = ENAMETOOLONG
    | symlink x {n*256} = ENAMETOOLONG; mknod {n*256} S_IFIFO|0644 0 = ENAMETOOLONG; unlink {n*256} = ENAMETOOLONG; rmdir {n*256} = ENAMETOOLONG
  256 bytes are too many for new names     | put f x; link f {n*256} = ENAMETOOLONG; rename f {n*256} = ENAMETOOLONG; cat f = "x"
  255 bytes that are no characters         | mkdir {\xff*255} 0755; rmdir {\xff*255}
  any byte but / and NUL is one            | put "\x01\x7f\x80\xfe\xff \x09\x0a\x5c\x22\x27*?" x; cat "\x01\x7f\x80\xfe\xff \x09\x0a\x5c\x22\x27*?" = "x"
    | list . = "\x01\x7f\x80\xfe\xff \x09\x0a\x5c\x22'*?"
  names are bytes, not letters             | put \xc3\xa4 one; put a\xcc\x88 two; put \xe4 three; cat \xc3\xa4 = "one"; cat a\xcc\x88 = "two"; cat \xe4 = "three"
  case makes a difference                  | put name x; stat NAME = ENOENT; put Name y; cat name = "x"
  two thousand bytes of path are followed  | mkdir {d*200} 0755; chdir {d*200}; mkdir {e*200} 0755; put {e*200}/f x; cat ./{./*900}{e*200}/f = "x"
  a path of 4096 bytes is too long         | stat {./*2048} = ENAMETOOLONG; stat {./*2047}. = type=directory
  an empty path is nothing                 | stat "" = ENOENT; open "" O_RDONLY = ENOENT; mkdir "" 0755 = ENOENT; unlink "" = ENOENT; rename "" a = ENOENT
  slashes may be many                      | mkdir d 0755; put d/f x; cat d////f = "x"; stat d//// = type=directory
  a slash behind a file's name is refused  | put f x; stat f/ = ENOTDIR; unlink f/ = ENOTDIR; open f/ O_RDONLY = ENOTDIR; stat f/. = ENOTDIR
  a slash behind a new file's name         | open new/ O_CREAT|O_WRONLY 0644 = EISDIR; stat new = ENOENT
  a slash behind a new directory's name    | mkdir d/ 0755; stat d = type=directory; rename d/ e/; rmdir e/; stat e = ENOENT
  a path through a file                    | put f x; stat f/g = ENOTDIR; mkdir f/g 0755 = ENOTDIR; rename f/g h = ENOTDIR; link f/g h = ENOTDIR; unlink f/g = ENOTDIR
  a path through nothing                   | stat a/b = ENOENT; mkdir a/b 0755 = ENOENT; open a/b O_CREAT|O_RDWR 0644 = ENOENT; symlink x a/b = ENOENT
  a bad address is no path                 | stat . ; open EVIL O_RDONLY = EFAULT; mkdir EVIL 0755 = EFAULT; unlink NULL = EFAULT; rename EVIL a = EFAULT
  dots are not for making or removing      | mkdir . 0755 = EEXIST; mkdir .. 0755 = EEXIST; rmdir . = EINVAL; mkdir d 0755; rmdir d/. = EINVAL; rmdir d/.. = ENOTEMPTY
    | rename d/. e = EBUSY; rename d d/.. = EBUSY; unlink d/. = EISDIR

symbolic links:
  are followed                             | put f hello; symlink f s; cat s = "hello"; stat s = type=file size=5; lstat s = type=symlink size=1 mode=0777
  keep their text whatever it is           | symlink "no/such \xff place" s; readlink s = "no/such \xff place"; stat s = ENOENT; lstat s = size=15
  of 4095 bytes are the longest            | symlink {t*4095} s; readlink s = "{t*4095}"; lstat s = size=4095; stat s = ENAMETOOLONG
  of 4096 bytes are too long               | symlink {t*4096} s = ENAMETOOLONG; lstat s = ENOENT
  of no bytes are refused                  | symlink "" s = ENOENT
  are not made over something              | put f x; symlink y f = EEXIST; mkdir d 0755; symlink y d = EEXIST; symlink a s; symlink b s = EEXIST; readlink s = "a"
  to themselves loop                       | symlink s s; stat s = ELOOP; open s O_RDONLY = ELOOP; lstat s = type=symlink; mkdir s/d 0755 = ELOOP; unlink s
  to each other loop                       | symlink b a; symlink a b; stat a = ELOOP; chmod a 0644 = ELOOP; truncate a 0 = ELOOP; access a F_OK = ELOOP; chdir a = ELOOP
  several in a row are followed              | put l0 end; symlink l0 l1; symlink l1 l2; symlink l2 l3; symlink l3 l4; symlink l4 l5; cat l5 = "end"
  are followed forty times, not oftener    | put l0 end; chain l 41; cat l40 = "end"; cat l41 = ELOOP; stat l41 = ELOOP; readlink l41 = "l40"
  in the middle of a path are followed     | mkdir d 0755; put d/f x; symlink d s; cat s/f = "x"; mkdir s/e 0755; stat d/e = type=directory; rmdir s = ENOTDIR
  are not made with a slash behind them    | symlink x s/ = ENOENT; symlink no s; mkdir s/ 0755 = EEXIST; rename s/ t = ENOTDIR; mkdir d 0755; symlink d e; rename d e/ = ENOTDIR
  with a slash behind them are the target  | mkdir d 0755; symlink d s; lstat s/ = type=directory; lstat s = type=symlink; rmdir s/ = ENOTDIR; unlink s/ = ENOTDIR
  are not what readlink is for             | put f x; mkdir d 0755; readlink f = EINVAL; readlink d = EINVAL; readlink nothing = ENOENT
  are removed, not their targets           | put f x; symlink f s; unlink s; cat f = "x"; lstat s = ENOENT
  have owners of their own                 | put f x; symlink f s; root: lchown s @bob @bob; lstat s = uid=@bob gid=@bob; stat f = uid=@alice
  have no modes of their own               | symlink f s; fchmodat2 AT s 0600 AT_SYMLINK_NOFOLLOW = EOPNOTSUPP
  have hard links                          | symlink t s; link s s2; lstat s2 = type=symlink nlink=2; readlink s2 = "t"; same-file s s2 = yes
  have times of their own                  | put f x; symlink f s; utimensat AT s 11.5 22.7 AT_SYMLINK_NOFOLLOW; lstat s = atime=11.000000005 mtime=22.000000007
  have no user attributes                  | symlink t s; lsetxattr s user.a x 0 = EPERM; lgetxattr s user.a = ENODATA
