# Modes, owners, and what writing takes away.

chmod:
  sets all twelve bits                     | put f x; chmod f 07777; stat f = mode=7777; chmod f 0; stat f = mode=0000; mkdir d 0755; chmod d 01775; stat d = mode=1775
  is for the owner                         | put f x; chmod f 0666; bob: chmod f 0777 = EPERM; root: chmod f 0600; stat f = mode=0600
  needs search permission above            | mkdir d 0700; put d/f x; bob: chmod d/f 0777 = EACCES
  follows symbolic links                   | put f x; symlink f s; chmod s 0600; stat f = mode=0600; lstat s = mode=0777
  of nothing fails                         | chmod f 0600 = ENOENT; symlink f s; chmod s 0600 = ENOENT; put f x; chmod f/g 0600 = ENOTDIR
  by a descriptor                          | put f x; open f O_RDONLY as F; fchmod F 0611; fstat F = mode=0611; fchmod 999 0600 = EBADF; fchmodat AT f 0612; stat f = mode=0612
  ignores the bits of the type             | put f x; chmod f 0170644; stat f = mode=0644 type=file
  takes set-group-id of a foreign group    | put f x; root: chown f @alice @bob; chmod f 02755; stat f = mode=0755
  keeps set-group-id of a group of one's   | put f x; chown f @alice @team; chmod f 02755; stat f = mode=2755
  gives set-group-id without execution     | put f x; chmod f 02644; stat f = mode=2644

chown:
  of the user is root's                    | put f x; chown f @bob @alice = EPERM; root: chown f @bob @bob; stat f = uid=@bob gid=@bob
  of the group is for members              | put f x; chown f 0xffffffff @team; stat f = gid=@team; chown f @alice @bob = EPERM; bob: chown f 0xffffffff @team = EPERM
  to nobody changes nothing                | put f x; chown f 0xffffffff 0xffffffff; stat f = uid=@alice gid=@alice
  to nobody takes set-id bits too          | put f x; chmod f 06755; chown f 0xffffffff 0xffffffff; stat f = mode=0755
  follows symbolic links                   | put f x; symlink f s; root: chown s @bob @bob; stat f = uid=@bob; lstat s = uid=@alice
  of nothing fails                         | root: chown f 0 0 = ENOENT; root: fchown 999 0 0 = EBADF; root: symlink f s; root: chown s 0 0 = ENOENT
  by a descriptor                          | root: put f x; root: open f O_RDONLY as F; root: fchown F @bob @team; root: fstat F = uid=@bob gid=@team; root: fchownat F "" @carol @carol AT_EMPTY_PATH; root: stat f = uid=@carol
  by large numbers                         | root: put f x; root: chown f 4294967294 4294967294; root: stat f = uid=4294967294 gid=4294967294
  takes set-id bits from a program         | put f x; chown f @alice @team; chmod f 06755; chown f 0xffffffff @alice; stat f = mode=0755
  by root takes them too                   | put f x; chmod f 06755; root: chown f @bob @bob; stat f = mode=0755
  of what is not executed by the group     | put f x; chmod f 06644; root: chown f @bob @bob; stat f = mode=2644
  does not take them from directories      | mkdir d 0755; chmod d 06755; root: chown d @bob @bob; stat d = mode=6755

writing takes away:
  given                                    | put f hello; chmod f 06777
  set-id bits when it is another's         | bob: open f O_WRONLY as F; bob: write F x; stat f = mode=0777
  set-id bits when it is one's own         | open f O_WRONLY as F; write F x; stat f = mode=0777
  nothing when root writes                 | root: open f O_WRONLY as F; root: write F x; stat f = mode=6777
  only set-user-id where it means locking   | chmod f 06767; open f O_WRONLY as F; write F x; stat f = mode=2767
  both from a foreigner to the group       | chmod f 06767; bob: open f O_WRONLY as F; bob: write F x; stat f = mode=0767
  set-id bits by truncate                  | bob: truncate f 2; stat f = mode=0777
  set-id bits by ftruncate                 | bob: open f O_WRONLY as F; bob: ftruncate F 2; stat f = mode=0777
  set-id bits by O_TRUNC                   | bob: open f O_WRONLY|O_TRUNC; stat f = mode=0777 size=0
  nothing when root truncates              | root: truncate f 2; stat f = mode=6777
  set-id bits by fallocate                 | bob: open f O_WRONLY as F; bob: fallocate F 0 0 100; stat f = mode=0777
  set-id bits by copy_file_range           | bob: put src hi; bob: open src O_RDONLY as S; bob: open f O_WRONLY as F; bob: copy_file_range S 0 F 0 2 0 = 2; stat f = mode=0777
  nothing when nothing is written          | bob: open f O_WRONLY as F; bob: write F ""; stat f = mode=6777
  nothing by reading                       | bob: open f O_RDONLY as F; bob: read F 1; stat f = mode=6777
  set-id bits that stay away               | bob: open f O_WRONLY as F; bob: write F x; chmod f 06777; stat f = mode=6777; bob: write F y; stat f = mode=0777

set-group-id directories:
  given                                    | mkdir d 0777; chown d @alice @team; chmod d 02777
  hand their group to files                | put d/f x; stat d/f = gid=@team; carol: put d/g x; stat d/g = uid=@carol gid=@team
  hand group and bit to directories        | mkdir d/e 0755; stat d/e = gid=@team mode=2755; mkdir d/e/f 0700; stat d/e/f = gid=@team mode=2700
  hand their group to links and fifos      | symlink x d/s; lstat d/s = gid=@team; mknod d/p S_IFIFO|0644 0; stat d/p = gid=@team
  take set-group-id from foreigners' files | carol: open d/f O_CREAT|O_WRONLY 02755; stat d/f = mode=0755 gid=@team; open d/g O_CREAT|O_WRONLY 02755; stat d/g = mode=2755
  leave the group of what is moved in      | put f x; rename f d/f; stat d/f = gid=@alice

searching:
  of every directory on the way            | mkdir d 0755; mkdir d/e 0755; put d/e/f x; chmod d 0600; bob: stat d/e/f = EACCES; bob: open d/e/f O_RDONLY = EACCES; bob: chdir d/e = EACCES; bob: readlink d/e = EACCES; bob: access d/e F_OK = EACCES
    | bob: mkdir d/e/g 0755 = EACCES; bob: unlink d/e/f = EACCES; bob: rmdir d/e = EACCES; bob: rename d/e g = EACCES; bob: link d/e/f g = EACCES; bob: symlink x d/s = EACCES; bob: mknod d/p S_IFIFO|0644 0 = EACCES
    | bob: truncate d/e/f 0 = EACCES; bob: chmod d/e 0777 = EACCES; bob: utimensat AT d/e/f now now 0 = EACCES; bob: getxattr d/e/f user.a = EACCES; bob: setxattr d/e/f user.a v 0 = EACCES; bob: listxattr d/e/f = EACCES; bob: statfs d/e = EACCES; bob: execute d/e/f = EACCES
    | stat d/e/f = EACCES; root: stat d/e/f = type=file
  of what was opened before                | mkdir d 0755; put d/f x; chmod d/f 0644; bob: open d O_PATH as D; bob: chdir d; chmod d 0600; bob: stat f = EACCES; bob: openat D f O_RDONLY = EACCES; bob: fstat D = type=directory
  is not the right to write                | mkdir d 0711; bob: put d/f x = EACCES; bob: stat d/f = ENOENT; chmod d 0722; bob: put d/f x = EACCES

access:
  asks what the real user may              | put f x; chmod f 0640; access f R_OK|W_OK = 0; access f X_OK = EACCES; bob: access f R_OK = EACCES; bob: access f F_OK = 0; root: access f R_OK|W_OK = 0
  lets root execute what anybody may       | put f x; chmod f 0644; root: access f X_OK = EACCES; chmod f 0645; root: access f X_OK = 0; mkdir d 0000; root: access d X_OK|W_OK|R_OK = 0
  of nothing fails                         | access f F_OK = ENOENT; put f x; access f/g F_OK = ENOTDIR; access f 8 = EINVAL; symlink no s; access s F_OK = ENOENT; faccessat2 AT s F_OK AT_SYMLINK_NOFOLLOW = 0

statx:
  gives all that stat does                 | put f hello; statx AT f 0 = basic=all type=file size=5 mount-root=no; statx AT no 0 = ENOENT; symlink f s; statx AT s AT_SYMLINK_NOFOLLOW = type=symlink
  works by descriptor                      | put f hello; open f O_RDONLY as F; statx F "" AT_EMPTY_PATH = size=5; statx 999 "" AT_EMPTY_PATH = EBADF; fstatat F "" AT_EMPTY_PATH = size=5
  tells the time of birth                  | put f hello; statx AT f 0 = birth=yes

file handles:
  open what is known                       | root: put f hello; root: open-by-handle f O_RDONLY as F; root: read F 5 = "hello"; put g x; open-by-handle g O_RDONLY = EPERM

statfs:
  says how long names may be               | statfs . = name=255
  says how much room there is              | statfs . = sane=yes room=yes block=yes; put f x; statfs f = sane=yes
  of nothing fails                         | statfs no = ENOENT

special files:
  keep their type and number               | root: mknod c S_IFCHR|0600 0x103; root: stat c = type=character rdev=1:3 mode=0600; root: mknod b S_IFBLK|0600 0x700; root: stat b = type=block rdev=7:0
  are devices only for root                | mknod c S_IFCHR|0600 0x103 = EPERM; mknod b S_IFBLK|0600 0x700 = EPERM; stat c = ENOENT
  may be plain files                       | mknod f S_IFREG|0644 0; stat f = type=file size=0; mknod g 0600 0; stat g = type=file mode=0600
  are not made over something              | put f x; mknod f S_IFIFO|0644 0 = EEXIST; mknod p S_IFIFO|0644 0; mknod p S_IFIFO|0644 0 = EEXIST
  are not directories                      | mknod d S_IFDIR|0755 0 = EPERM; mknod d S_IFLNK|0755 0 = EINVAL; mknod d 0130644 0 = EINVAL
  apply the umask                          | umask 027; mknod p S_IFIFO|0666 0; stat p = mode=0640
  have no size                             | mknod p S_IFIFO|0644 0; truncate p 0 = EINVAL; stat p = size=0
  may be sockets                           | listen k as K; stat k = type=socket; alice2: connect k as C; accept K as A; alice2: write C hello; read A 5 = "hello"; listen k = EADDRINUSE; unlink k; alice2: connect k = ENOENT
  that are sockets need write permission   | listen k as K; chmod k 0755; bob: connect k = EACCES; chmod k 0777; bob: connect k; put f x; connect f = ECONNREFUSED
  are the devices that they name           | root: mknod c S_IFCHR|0666 0x103; root: open c O_RDWR as C; root: write C hello = 5; root: read C 5 = ""
  of no device cannot be opened            | root: mknod c S_IFCHR|0600 0xfff00; root: open c O_RDONLY = ENXIO; root: mknod b S_IFBLK|0600 0xfff00; root: open b O_RDONLY = ENXIO
  carry bytes between processes            | mknod p S_IFIFO|0666 0; open p O_RDWR|O_NONBLOCK as P; write P hello = 5; alice2: open p O_RDONLY|O_NONBLOCK as P; alice2: read P 5 = "hello"; poll P = out
