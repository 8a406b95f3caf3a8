# Extended attributes, capabilities and access control lists.

xattrs:
  are kept                                 | put f x; setxattr f user.a value 0; getxattr f user.a = "value"; listxattr f = user.a; setxattr f user.a other 0; getxattr f user.a = "other"; setxattr f user.b "" 0; getxattr f user.b = ""; listxattr f = user.a,user.b
  take any bytes                           | put f x; setxattr f user.\xff\xfe "\x00\x01\xff" 0; getxattr f user.\xff\xfe = "\x00\x01\xff"
  are removed                              | put f x; setxattr f user.a v 0; removexattr f user.a; getxattr f user.a = ENODATA; removexattr f user.a = ENODATA; listxattr f = nothing
  are made and replaced as told            | put f x; setxattr f user.a v XATTR_REPLACE = ENODATA; setxattr f user.a v XATTR_CREATE; setxattr f user.a w XATTR_CREATE = EEXIST; setxattr f user.a w XATTR_REPLACE; getxattr f user.a = "w"; setxattr f user.a v XATTR_CREATE|XATTR_REPLACE = EEXIST; setxattr f user.a v 4 = EINVAL
  say how large they are                   | put f x; setxattr f user.a hello 0; getxattr-into f user.a 0 = 5; getxattr-into f user.a 4 = ERANGE; getxattr-into f user.a 5 = 5; listxattr-into f 0 = 7; listxattr-into f 6 = ERANGE
  have names of limited size               | put f x; setxattr f user.{n*250} v 0; getxattr f user.{n*250} = "v"; setxattr f user.{n*251} v 0 = ERANGE; setxattr f "" v 0 = ERANGE; getxattr f user.{n*251} = ERANGE
  have values of limited size              | put f x; set-large-xattr f user.a 3000 = 0; getxattr f user.a = 3000 bytes; set-large-xattr f user.a 65537 = E2BIG
  have known name spaces                   | put f x; setxattr f nonsense.a v 0 = EOPNOTSUPP; setxattr f nonsense v 0 = EOPNOTSUPP; getxattr f nonsense.a = EOPNOTSUPP; setxattr f user. v 0 = EINVAL
  stay through renames and links           | put f x; setxattr f user.a v 0; rename f g; getxattr g user.a = "v"; link g h; getxattr h user.a = "v"; setxattr h user.a w 0; getxattr g user.a = "w"
  stay through writing and cutting         | put f x; setxattr f user.a v 0; put f longer; truncate f 1; getxattr f user.a = "v"
  go with the file                         | put f x; setxattr f user.a v 0; unlink f; put f y; listxattr f = nothing
  of directories                           | mkdir d 0755; setxattr d user.a v 0; getxattr d user.a = "v"; listxattr d = user.a; put d/f x; listxattr d/f = nothing
  by a descriptor                          | put f x; open f O_RDONLY as F; fsetxattr F user.a v 0; fgetxattr F user.a = "v"; fremovexattr F user.a; fgetxattr F user.a = ENODATA; fsetxattr 999 user.a v 0 = EBADF; open f O_PATH as P; fgetxattr P user.a = EBADF
  of nothing fail                          | setxattr f user.a v 0 = ENOENT; getxattr f user.a = ENOENT; listxattr f = ENOENT; removexattr f user.a = ENOENT; put f x; getxattr f/g user.a = ENOTDIR
  follow symbolic links                    | put f x; symlink f s; setxattr s user.a v 0; getxattr f user.a = "v"; llistxattr s = nothing

user xattrs:
  need permission on the file              | put f x; chmod f 0644; setxattr f user.a v 0; bob: getxattr f user.a = "v"; bob: setxattr f user.b v 0 = EACCES; bob: removexattr f user.a = EACCES; chmod f 0600; bob: getxattr f user.a = EACCES; bob: listxattr f = user.a; chmod f 0666; bob: setxattr f user.b v 0
  are for files and directories            | mknod p S_IFIFO|0644 0; setxattr p user.a v 0 = EPERM; getxattr p user.a = ENODATA; root: setxattr p user.a v 0 = EPERM
  of sticky directories are the owner's    | mkdir d 0777; chmod d 01777; bob: setxattr d user.a v 0 = EPERM; setxattr d user.a v 0

trusted xattrs:
  are root's                               | root: put f x; root: chmod f 0666; root: setxattr f trusted.a v 0; root: getxattr f trusted.a = "v"; root: listxattr f = trusted.a; getxattr f trusted.a = ENODATA; setxattr f trusted.a w 0 = EPERM; removexattr f trusted.a = EPERM; listxattr f = nothing
  may be on anything                       | root: mknod p S_IFIFO|0644 0; root: setxattr p trusted.a v 0; root: getxattr p trusted.a = "v"; root: symlink t s; root: lsetxattr s trusted.a v 0; root: lgetxattr s trusted.a = "v"

security xattrs:
  are root's to set and everybody's to see | root: put f x; root: setxattr f security.x v 0; getxattr f security.x = "v"; setxattr f security.x w 0 = EPERM; put g x; setxattr g security.x w 0 = EPERM

capabilities:
  given                                    | root: install f /bin/true 0755; root: chown f @alice @alice; root: setxattr f security.capability "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" 0
  are kept                                 | getxattr f security.capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"; listxattr f = security.capability; execute ./f = exit 0
  are not for ordinary users               | put g x; setxattr g security.capability "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" 0 = EPERM
  must be whole                            | root: setxattr f security.capability nonsense 0 = EINVAL
  go when the file is written              | open f O_WRONLY as F; write F x; getxattr f security.capability = ENODATA
  go when root writes too                  | root: open f O_WRONLY as F; root: write F x; getxattr f security.capability = ENODATA
  go when the file is cut                  | truncate f 1; getxattr f security.capability = ENODATA
  go when it is given away                 | root: chown f @bob @bob; getxattr f security.capability = ENODATA
  stay when its mode changes               | chmod f 0700; root: getxattr f security.capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
  stay when it is renamed and linked       | rename f g; link g h; getxattr h security.capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

access control lists:
  let single users in                      | put f x; chmod f 0600; set-list f access u::rw,u:@bob:r,g::,m::r,o::; bob: cat f = "x"; carol: cat f = EACCES; bob: open f O_WRONLY = EACCES; stat f = mode=0640
  let groups in                            | put f x; chmod f 0600; chown f -1 @alice; set-list f access u::rw,g::,g:@team:rw,m::rw,o::; bob: cat f = "x"; bob: open f O_WRONLY; carol: cat f = EACCES
  keep single users out                    | put f x; set-list f access u::rw,u:@bob:,g::r,m::r,o::r; bob: cat f = EACCES; carol: cat f = "x"
  keep groups out                          | put f x; set-list f access u::rw,g::r,g:@team:,m::r,o::r; bob: cat f = EACCES; carol: cat f = "x"
  mean nothing to the owner                | put f x; set-list f access u::,u:@alice:rw,g::,m::rw,o::; cat f = EACCES
  of directories are obeyed                | mkdir d 0700; put d/f x; bob: cat d/f = EACCES; set-list d access u::rwx,u:@bob:x,g::,m::x,o::; bob: cat d/f = "x"; bob: list d = EACCES; set-list d access u::rwx,u:@bob:rwx,g::,m::rwx,o::; bob: put d/g y; bob: unlink d/f; carol: cat d/g = EACCES
  are read as they were set                | put f x; set-list f access u::rw,u:7:rx,u:64199:,g::r,g:9:w,m::rw,o::r; get-list f access = u::rw,u:7:rx,u:64199:,g::r,g:9:w,m::rw,o::r; listxattr f = system.posix_acl_access; stat f = mode=0664; getxattr-into f system.posix_acl_access 0 = 60
  name everybody as he is known here       | put f x; set-list f access u::rw,u:@alice:r,g::r,g:@alice:rw,m::rw,o::; get-list f access = u::rw,u:@alice:r,g::r,g:@alice:rw,m::rw,o::
  set the mode                             | put f x; set-list f access u::rwx,g::r,o::x; stat f = mode=0741; get-list f access = ENODATA; listxattr f = nothing
  follow the mode                          | put f x; set-list f access u::rw,u:7:rw,g::r,m::rw,o::; chmod f 0751; get-list f access = u::rwx,u:7:rw,g::r,m::rx,o::x; stat f = mode=0751
  are masked by the mode                   | put f x; set-list f access u::rw,u:@bob:rw,g::,m::rw,o::; bob: open f O_RDWR; chmod f 0640; bob: open f O_RDWR = EACCES; bob: cat f = "x"
  without a mask leave it to the mode      | put f x; set-list f access u::rw,u:@bob:rw,g::rw,m::rw,o::r; chmod f 0604; bob: cat f = "x"; bob: open f O_WRONLY = EACCES; chmod f 0600; bob: cat f = EACCES
  are taken away                           | put f x; set-list f access u::rw,u:@bob:rw,g::r,m::rw,o::; removexattr f system.posix_acl_access; get-list f access = ENODATA; stat f = mode=0660; bob: cat f = EACCES; removexattr f system.posix_acl_access
  are the owner's to set                   | put f x; bob: set-list f access u::rw,g::rw,o::rw = EPERM; bob: removexattr f system.posix_acl_access = EPERM; root: set-list f access u::rw,u:@bob:rw,g::,m::rw,o::; bob: get-list f access = u::rw,u:@bob:rw,g::,m::rw,o::
  must be whole                            | put f x; set-list f access u::rw,u:7:r,g::r,o::r = EINVAL; set-list f access g::r,u::rw,o::r = EINVAL; set-list f access u::rw,g::r = EINVAL; set-list f access u::rw,u::rw,g::r,o::r = EINVAL; setxattr f system.posix_acl_access nonsense 0 = EOPNOTSUPP; setxattr f system.posix_acl_access "\x02\x00\x00" 0 = EINVAL; get-list f access = ENODATA
  are on no symbolic links                 | symlink t s; lsetxattr s system.posix_acl_access "\x02\x00\x00\x00" 0 = EOPNOTSUPP; lgetxattr s system.posix_acl_access = EOPNOTSUPP
  stay through renames and links           | put f x; set-list f access u::rw,u:7:r,g::,m::r,o::; rename f g; link g h; get-list h access = u::rw,u:7:r,g::,m::r,o::; put h y; get-list g access = u::rw,u:7:r,g::,m::r,o::
  take set-group-id from foreigners        | put f x; root: chown f @alice @carol; root: chmod f 02755; set-list f access u::rwx,u:7:r,g::rx,m::rx,o::rx; stat f = mode=0755
  leave set-group-id to members            | put f x; chmod f 02755; set-list f access u::rwx,u:7:r,g::rx,m::rx,o::rx; stat f = mode=2755
  mark the change                          | put f x; mark f; set-list f access u::rw,u:7:r,g::r,m::r,o::r; changed f = ctime

default access control lists:
  are handed down                          | mkdir d 0755; set-list d default u::rwx,u:@bob:rx,g::,m::rx,o::; put d/f x; bob: cat d/f = "x"; carol: cat d/f = EACCES; stat d/f = mode=0640; get-list d/f access = u::rw,u:@bob:rx,g::,m::r,o::; get-list d/f default = ENODATA
  are handed on by directories             | mkdir d 0755; set-list d default u::rwx,u:7:rx,g::,m::rx,o::; mkdir d/e 0777; stat d/e = mode=0750; get-list d/e default = u::rwx,u:7:rx,g::,m::rx,o::; get-list d/e access = u::rwx,u:7:rx,g::,m::rx,o::; mkdir d/e/h 0700; get-list d/e/h access = u::rwx,u:7:rx,g::,m::,o::
  take the place of the umask              | umask 077; mkdir d 0755; set-list d default u::rwx,u:7:rw,g::r,m::rw,o::r; open d/f O_CREAT|O_WRONLY 0666; stat d/f = mode=0664; mkdir d/e 0777; stat d/e = mode=0764; mknod d/p S_IFIFO|0666 0; stat d/p = mode=0664; umask 022
  that say only a mode set it              | umask 0; mkdir d 0755; set-list d default u::rwx,g::rx,o::; open d/f O_CREAT|O_WRONLY 0666; stat d/f = mode=0640; get-list d/f access = ENODATA; mkdir d/e 0777; stat d/e = mode=0750; get-list d/e default = u::rwx,g::rx,o::; umask 022
  are obeyed by none                       | mkdir d 0700; set-list d default u::rwx,u:@bob:rwx,g::,m::rwx,o::; bob: list d = EACCES; stat d = mode=0700; listxattr d = system.posix_acl_default
  do nothing to what is there              | mkdir d 0755; put d/f x; set-list d default u::rwx,u:@bob:,g::,m::,o::; bob: cat d/f = "x"; get-list d/f access = ENODATA
  do nothing to what comes by rename       | mkdir d 0755; set-list d default u::rwx,u:7:rx,g::,m::rx,o::; put f x; rename f d/f; get-list d/f access = ENODATA; stat d/f = mode=0644; put g x; link g d/g; get-list d/g access = ENODATA
  do nothing to symbolic links             | mkdir d 0755; set-list d default u::rwx,u:7:rx,g::,m::rx,o::; symlink t d/s; lstat d/s = mode=0777
  are of directories                       | put f x; set-list f default u::rwx,g::rx,o:: = EACCES; get-list f default = ENODATA
  are taken away                           | mkdir d 0755; set-list d default u::rwx,u:7:rx,g::,m::rx,o::; removexattr d system.posix_acl_default; get-list d default = ENODATA; put d/f x; get-list d/f access = ENODATA; removexattr d system.posix_acl_default
  hand down with set-group-id              | mkdir d 0755; root: chown d @alice @team; root: chmod d 02755; set-list d default u::rwx,u:7:rx,g::rx,m::rx,o::; mkdir d/e 0777; stat d/e = mode=2750
