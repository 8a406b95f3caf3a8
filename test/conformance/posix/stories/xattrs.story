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
  let single users in                      | put f x; chmod f 0600; setxattr f system.posix_acl_access "\x02\x00\x00\x00\x01\x00\x06\x00\xff\xff\xff\xff\x02\x00\x04\x00\x66\xfa\x00\x00\x04\x00\x00\x00\xff\xff\xff\xff\x10\x00\x04\x00\xff\xff\xff\xff\x20\x00\x00\x00\xff\xff\xff\xff" 0
    | bob: cat f = "x"; carol: cat f = EACCES; bob: open f O_WRONLY = EACCES; stat f = mode=0640
  of directories are handed down           | mkdir d 0755; setxattr d system.posix_acl_default "\x02\x00\x00\x00\x01\x00\x07\x00\xff\xff\xff\xff\x02\x00\x05\x00\x66\xfa\x00\x00\x04\x00\x00\x00\xff\xff\xff\xff\x10\x00\x05\x00\xff\xff\xff\xff\x20\x00\x00\x00\xff\xff\xff\xff" 0
    | put d/f x; bob: cat d/f = "x"; carol: cat d/f = EACCES; stat d/f = mode=0640; mkdir d/e 0777; getxattr-into d/e system.posix_acl_default 0 = 44
