# flock(2), and the locks of fcntl(2): of a process, and of an open file description. Here among the processes of one machine.

flock:
  given                                    | put f x; chmod f 0666; open f O_RDWR as A; alice2: open f O_RDWR as B
  is exclusive                             | flock A LOCK_EX = 0; alice2: flock B LOCK_EX|LOCK_NB = EAGAIN; alice2: flock B LOCK_SH|LOCK_NB = EAGAIN; flock A LOCK_UN; alice2: flock B LOCK_EX|LOCK_NB = 0
  is shared                                | flock A LOCK_SH; alice2: flock B LOCK_SH|LOCK_NB = 0; flock A LOCK_EX|LOCK_NB = EAGAIN; alice2: flock B LOCK_UN; flock A LOCK_EX|LOCK_NB = 0
  is waited for                            | flock A LOCK_EX; alice2: flock B LOCK_EX &; alice2: waits; flock A LOCK_UN; alice2: answers = 0; flock A LOCK_SH|LOCK_NB = EAGAIN
  ends with the last close                 | flock A LOCK_EX; dup A as C; close A; alice2: flock B LOCK_EX|LOCK_NB = EAGAIN; close C; alice2: flock B LOCK_EX|LOCK_NB = 0
  ends with its process                    | flock A LOCK_EX; alice2: flock B LOCK_EX &; alice2: waits; dies; alice2: answers = 0
  stays when a child closes                | flock A LOCK_EX; fork-and-close A = exit 0; alice2: flock B LOCK_EX|LOCK_NB = EAGAIN
  belongs to the description               | flock A LOCK_EX; open f O_RDWR as C; flock C LOCK_EX|LOCK_NB = EAGAIN; dup A as D; flock D LOCK_EX|LOCK_NB = 0; flock D LOCK_UN; flock C LOCK_EX|LOCK_NB = 0
  needs no right to write                  | open f O_RDONLY as R; flock R LOCK_EX = 0; bob: open f O_RDONLY as C; bob: flock C LOCK_EX|LOCK_NB = EAGAIN
  of a directory                           | mkdir d 0755; open d O_RDONLY as D; alice2: open d O_RDONLY as E; flock D LOCK_EX = 0; alice2: flock E LOCK_SH|LOCK_NB = EAGAIN
  of a removed file                        | unlink f; flock A LOCK_EX; alice2: flock B LOCK_EX|LOCK_NB = EAGAIN
  is interrupted                           | flock A LOCK_EX; alice2: handle SIGUSR1; alice2: flock B LOCK_EX &; alice2: waits; alice2: gets SIGUSR1; alice2: answers = EINTR; flock A LOCK_UN; flock A LOCK_EX|LOCK_NB = 0
  of a bad descriptor                      | flock 999 LOCK_EX = EBADF; flock A 0 = EINVAL; open f O_PATH as P; flock P LOCK_SH = EBADF
  does not mind the other kinds            | flock A LOCK_EX; alice2: setlk B F_WRLCK 0 0 = 0

locks of a process:
  given                                    | put f x; chmod f 0666; open f O_RDWR as A; alice2: open f O_RDWR as B
  are exclusive                            | setlk A F_WRLCK 0 0 = 0; alice2: setlk B F_WRLCK 0 0 = EAGAIN; alice2: setlk B F_RDLCK 0 1 = EAGAIN; setlk A F_UNLCK 0 0; alice2: setlk B F_WRLCK 0 0 = 0
  are shared                               | setlk A F_RDLCK 0 0; alice2: setlk B F_RDLCK 0 0 = 0; alice2: setlk B F_WRLCK 5 1 = EAGAIN
  are of ranges                            | setlk A F_WRLCK 0 10; alice2: setlk B F_WRLCK 10 10 = 0; alice2: setlk B F_WRLCK 9 1 = EAGAIN; setlk A F_WRLCK 10 1 = EAGAIN
  are split by unlocking                   | setlk A F_WRLCK 0 100; setlk A F_UNLCK 40 20; alice2: setlk B F_WRLCK 40 20 = 0; alice2: getlk B F_WRLCK 0 0 = write start=0 count=40 holder=process; alice2: getlk B F_WRLCK 60 0 = write start=60 count=40 holder=process
  can be asked about                       | setlk A F_RDLCK 5 5; alice2: getlk B F_RDLCK 0 0 = free; alice2: getlk B F_WRLCK 0 0 = read start=5 count=5 holder=process; getlk A F_WRLCK 0 0 = free
  are waited for                           | setlk A F_WRLCK 0 0; alice2: setlkw B F_WRLCK 0 0 &; alice2: waits; setlk A F_UNLCK 0 0; alice2: answers = 0; setlk A F_RDLCK 0 0 = EAGAIN
  are interrupted                          | setlk A F_WRLCK 0 0; alice2: handle SIGUSR1; alice2: setlkw B F_WRLCK 0 0 &; alice2: waits; alice2: gets SIGUSR1; alice2: answers = EINTR; setlk A F_UNLCK 0 0; setlk A F_WRLCK 0 0 = 0
  end with any close of the file           | open f O_RDONLY as C; setlk A F_WRLCK 0 0; close C; alice2: setlk B F_WRLCK 0 0 = 0
  end with their process                   | setlk A F_WRLCK 0 0; alice2: setlkw B F_WRLCK 0 0 &; alice2: waits; dies; alice2: answers = 0
  are not inherited                        | setlk A F_WRLCK 0 0; fork-and-close A; alice2: setlk B F_WRLCK 0 0 = EAGAIN
  are exchanged in place                   | setlk A F_WRLCK 0 0; setlk A F_RDLCK 0 0; alice2: setlk B F_RDLCK 0 0 = 0; setlk A F_WRLCK 0 0 = EAGAIN
  that wait for each other fail            | setlk A F_WRLCK 0 1; alice2: setlk B F_WRLCK 1 1; alice2: setlkw B F_WRLCK 0 1 &; alice2: waits; setlkw A F_WRLCK 1 1 = EDEADLK; setlk A F_UNLCK 0 0; alice2: answers = 0
  need the right descriptors               | open f O_RDONLY as R; setlk R F_WRLCK 0 0 = EBADF; setlk R F_RDLCK 0 0 = 0; open f O_WRONLY as W; setlk W F_RDLCK 0 0 = EBADF; setlk 999 F_RDLCK 0 0 = EBADF; setlk A 9 0 0 = EINVAL; setlk A F_RDLCK -1 1 = EINVAL
  reach to the end and beyond              | setlk A F_WRLCK 1T 0; alice2: setlk B F_WRLCK 2T 1 = EAGAIN; alice2: setlk B F_WRLCK 0 1T = 0
  are exact far beyond all files           | setlk A F_WRLCK 0x4000000000000001 1; alice2: setlk B F_WRLCK 0x4000000000000002 1 = 0; alice2: setlk B F_WRLCK 0x4000000000000001 1 = EAGAIN; alice2: getlk B F_WRLCK 0x4000000000000000 0 = write start=4611686018427387905 count=1 holder=process
  by lockf                                 | lockf A try 0 = 0; alice2: lockf B try 0 = EAGAIN; alice2: lockf B test 0 = EACCES; lockf A unlock 0; alice2: lockf B test 0 = 0
  survive a rename                         | setlk A F_WRLCK 0 0; rename f g; alice2: setlk B F_WRLCK 0 0 = EAGAIN; bob: open g O_RDWR as C; bob: setlk C F_WRLCK 0 0 = EAGAIN
  reach over hard links                    | link f g; setlk A F_WRLCK 0 0; alice2: open g O_RDWR as G; alice2: setlk G F_WRLCK 0 0 = EAGAIN

locks of a description:
  given                                    | put f x; chmod f 0666; open f O_RDWR as A; open f O_RDWR as C; alice2: open f O_RDWR as B
  exclude within a process                 | ofd_setlk A F_WRLCK 0 0 = 0; ofd_setlk C F_WRLCK 0 0 = EAGAIN; alice2: ofd_setlk B F_RDLCK 0 0 = EAGAIN; ofd_getlk C F_WRLCK 0 0 = write start=0 count=0 holder=description
  exclude those of processes               | ofd_setlk A F_WRLCK 0 10; alice2: setlk B F_WRLCK 0 0 = EAGAIN; alice2: setlk B F_WRLCK 10 0 = 0; ofd_setlk C F_RDLCK 10 5 = EAGAIN
  are named to those who ask for others   | ofd_setlk A F_WRLCK 3 4; alice2: getlk B F_WRLCK 0 0 = write start=3 count=4 holder=description
  end with the last close                  | ofd_setlk A F_WRLCK 0 0; dup A as D; close A; alice2: ofd_setlk B F_WRLCK 0 0 = EAGAIN; close D; alice2: ofd_setlk B F_WRLCK 0 0 = 0
  do not end with another close            | ofd_setlk A F_WRLCK 0 0; close C; alice2: ofd_setlk B F_WRLCK 0 0 = EAGAIN
  are waited for and interrupted           | ofd_setlk A F_WRLCK 0 0; alice2: handle SIGUSR1; alice2: ofd_setlkw B F_WRLCK 0 0 &; alice2: waits; alice2: gets SIGUSR1; alice2: answers = EINTR; alice2: ofd_setlkw B F_WRLCK 0 0 &; alice2: waits; close A; alice2: answers = 0

leases:
  break when another opens                 | put f x; handle SIGIO; open f O_RDONLY as A; fcntl A F_SETLEASE F_RDLCK = 0; alice2: open f O_WRONLY|O_NONBLOCK = EAGAIN; fcntl A F_SETLEASE F_UNLCK; alice2: open f O_WRONLY
