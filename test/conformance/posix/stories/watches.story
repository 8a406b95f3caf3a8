# inotify(7): what a watcher hears of changes that are made on this machine.

inotify:
  given                                    | mkdir d 0755; put d/f x; inotify_init1 IN_NONBLOCK as I; inotify_add_watch I d IN_CREATE|IN_DELETE|IN_MOVED_FROM|IN_MOVED_TO|IN_MODIFY|IN_ATTRIB|IN_CLOSE_WRITE|IN_DELETE_SELF|IN_MOVE_SELF
  of making files                          | open d/g O_CREAT|O_WRONLY 0644 as G; write G x; close G; events I = create:g,modify:g,close-write:g
  of making other things                   | mkdir d/e 0755; symlink t d/s; mknod d/p S_IFIFO|0644 0; link d/f d/h; events I = create:e,create:s,create:p,create:h
  of removing                              | unlink d/f; events I = delete:f
  of renaming                              | rename d/f d/g; events I = moved-from:f,moved-to:g; rename d/g g; events I = moved-from:g; rename g d/h; events I = moved-to:h
  of attributes                            | chmod d/f 0600; events I = attrib:f; utimensat AT d/f 1 2 0; events I = attrib:f; setxattr d/f user.a b 0; events I = attrib:f
  of cutting                               | truncate d/f 0; events I = modify:f
  of other processes                       | alice2: open d/f O_WRONLY as F; alice2: write F y; alice2: close F; events I = modify:f,close-write:f
  of the directory itself                  | rename d c; events I = move-self; unlink c/f; rmdir c; events I = delete:f,delete-self,ignored
  of a file                                | inotify_init1 IN_NONBLOCK as J; inotify_add_watch J d/f IN_ALL_EVENTS; cat d/f; events J = open,access,close; open d/f O_RDONLY as F; events J = open; unlink d/f; events J = attrib; close F; events J = close,delete-self,ignored
  of nothing else                          | put other x; stat d/f; access d/f R_OK; list d; cat d/f; events I = nothing
  of copies                                | put a hello; open a O_RDONLY as A; open d/f O_WRONLY as F; copy_file_range A 0 F 0 5 0 = 5; close F; events I = modify:f,close-write:f
