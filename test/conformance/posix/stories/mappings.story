# mmap(2), and programs that are run from the file system.

mmap shared:
  reads what is in the file                | put f hello; open f O_RDONLY as F; mmap F 4096 PROT_READ MAP_SHARED 0 as M; peek M 0 8 = "hello\x00\x00\x00"; close F; peek M 0 5 = "hello"
  writes into the file                     | put f hello; open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 J; msync M 4096 MS_SYNC; cat f = "Jello"; pread F 5 0 = "Jello"; stat f = size=5
  is the same in two processes             | put f hello; open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; alice2: open f O_RDWR as F; alice2: mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 J; alice2: peek M 0 5 = "Jello"; alice2: poke M 4 y; peek M 0 5 = "Jelly"
  sees what is written                     | put f hello; open f O_RDWR as F; mmap F 4096 PROT_READ MAP_SHARED 0 as M; peek M 0 5 = "hello"; alice2: open f O_WRONLY as F; alice2: pwrite F J 0; peek M 0 5 = "Jello"; pwrite F y 4; peek M 0 5 = "Jelly"
  is read after it is unmapped             | put f hello; open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 J; munmap M 4096; close F; cat f = "Jello"; alice2: cat f = "Jello"
  does not write beyond the end            | put f hello; open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 5 XXX; msync M 4096 MS_SYNC; stat f = size=5; ftruncate F 8; cat f = "hello\x00\x00\x00"
  ends with a signal beyond the last page  | put f hello; open f O_RDWR as F; mmap F 8192 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; peek M 4096 1 = SIGBUS; poke M 4096 x = SIGBUS; ftruncate F 5000; peek M 4096 1 = "\x00"
  loses pages that are cut off             | open f O_CREAT|O_RDWR 0644 as F; fill F 0 8192 x; mmap F 8192 PROT_READ MAP_SHARED 0 as M; peek M 4096 1 = "x"; ftruncate F 100; peek M 4096 1 = SIGBUS; peek M 99 2 = "x\x00"
  loses what a hole is punched into        | open f O_CREAT|O_RDWR 0644 as F; fill F 0 8192 x; mmap F 8192 PROT_READ MAP_SHARED 0 as M; peek M 0 1 = "x"; fallocate F FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE 0 4096; peek M 0 1 = "\x00"; peek M 4096 1 = "x"
  punches holes by itself                  | open f O_CREAT|O_RDWR 0644 as F; fill F 0 8192 x; mmap F 8192 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; punch-mapping M 4096 = 0; holds F 0 4096 0 = yes; holds F 4096 4096 x = yes
  of a large file                          | open f O_CREAT|O_RDWR 0644 as F; ftruncate F 2M; mmap F 2M PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 first; poke M 1500000 later; poke M 2097148 last; msync M 2M MS_SYNC; pread F 5 0 = "first"; pread F 5 1500000 = "later"; pread F 4 2097148 = "last"; holds F 5 1499995 0 = yes
  of a file that is replaced               | put f old; open f O_RDONLY as F; mmap F 4096 PROT_READ MAP_SHARED 0 as M; put g new; rename g f; peek M 0 3 = "old"; cat f = "new"
  of a file that is open to append         | put f hello; open f O_RDWR|O_APPEND as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 J; msync M 4096 MS_SYNC; stat f = size=5; cat f = "Jello"; write F y; cat f = "Jelloy"; close F; munmap M 4096; cat f = "Jelloy"
  of a file that is appended to meanwhile  | put f hello; open f O_RDWR as F; open f O_WRONLY|O_APPEND as A; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 J; write A y; msync M 4096 MS_SYNC; cat f = "Jelloy"; peek M 0 6 = "Jelloy"; poke M 5 Y; munmap M 4096; close F; cat f = "JelloY"
  sees what is copied into it              | put a 0123456789; put f hello; open a O_RDONLY as A; open f O_RDWR as F; mmap F 4096 PROT_READ MAP_SHARED 0 as M; peek M 0 5 = "hello"; copy_file_range A 0 F 0 3 0 = 3; peek M 0 5 = "012lo"
  sees dirty pages in what is read         | put f hello; open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 J; pread F 5 0 = "Jello"; alice2: cat f = "Jello"
  keeps dirty pages from a copy            | put f hello; open f O_RDWR as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; poke M 0 J; open g O_CREAT|O_RDWR 0644 as G; copy_file_range F 0 G 0 5 0 = 5; cat g = "Jello"

mmap private:
  writes for itself alone                  | put f hello; open f O_RDONLY as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_PRIVATE 0 as M; poke M 0 J; peek M 0 5 = "Jello"; cat f = "hello"
  of a part                                | open f O_CREAT|O_RDWR 0644 as F; fill F 0 4096 a; fill F 4096 4096 b; mmap F 4096 PROT_READ MAP_PRIVATE 4096 as M; peek M 0 2 = "bb"
  at odd positions fails                   | put f x; open f O_RDONLY as F; mmap F 4096 PROT_READ MAP_PRIVATE 100 = EINVAL

mmap permissions:
  to write shared need a writable one      | put f x; open f O_RDONLY as F; mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 = EACCES; mmap F 4096 PROT_READ MAP_SHARED 0 as M; mprotect M 4096 PROT_READ|PROT_WRITE = EACCES; poke M 0 y = SIGSEGV
  to read need a readable one              | put f x; open f O_WRONLY as F; mmap F 4096 PROT_READ MAP_SHARED 0 = EACCES; mmap F 4096 PROT_WRITE MAP_SHARED 0 = EACCES
  of what is no file                       | mkdir d 0755; open d O_RDONLY as D; mmap D 4096 PROT_READ MAP_SHARED 0 = ENODEV; mmap 999 4096 PROT_READ MAP_SHARED 0 = EBADF; put f x; open f O_PATH as P; mmap P 4096 PROT_READ MAP_SHARED 0 = EBADF
  to execute                               | install f /bin/true 0755; open f O_RDONLY as F; mmap F 4096 PROT_READ|PROT_EXEC MAP_PRIVATE 0 as M; peek M 1 3 = "ELF"
  of no bytes                              | put f x; open f O_RDONLY as F; mmap F 0 PROT_READ MAP_SHARED 0 = EINVAL

programs:
  run                                      | install f /bin/sh 0755; execute ./f -c "exit 7" = exit 7
  need execute permission                  | install f /bin/true 0644; execute ./f = EACCES; root: execute ./f = EACCES; chmod f 0611; bob: execute ./f = exit 0; chmod f 0710; bob: execute ./f = EACCES
  need not be readable                     | install f /bin/true 0711; bob: open f O_RDONLY = EACCES; bob: execute ./f = exit 0
  may be scripts                           | put f "#!/bin/sh\x0aexit 3\x0a"; chmod f 0755; execute ./f = exit 3
  that are none fail                       | put f "no program"; chmod f 0755; execute ./f = ENOEXEC; mkdir d 0755; execute ./d = EACCES; execute ./no = ENOENT; put g "#!/no/such\x0a"; chmod g 0755; execute ./g = ENOENT
  that are written cannot be run           | install f /bin/true 0755; open f O_WRONLY as F; execute ./f = ETXTBSY; close F; execute ./f = exit 0
  that run can be replaced and removed     | install f /bin/sleep 0755; start ./f 100 as P; install g /bin/true 0755; rename g f; execute ./f = exit 0; unlink f; stop P = 0
  that run can be renamed                  | install f /bin/sleep 0755; start ./f 100 as P; rename f g; open g O_WRONLY = ETXTBSY; stop P; open g O_WRONLY
  run from a copy that was just written    | install f /bin/sh 0755; execute ./f -c "exit 1" = exit 1; install f /bin/true 0755; execute ./f = exit 0
  are what set-user-id says                | root: install f /bin/sh 0755; root: chown f @bob @bob; root: chmod f 04755; execute ./f -p -c "test $(id -u) = 64102 && exit 5" = exit 5
