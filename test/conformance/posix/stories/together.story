# Several processes at once.

several processes:
  append without loss or tearing           | put f ""; append-lines f 400 alice &; alice2: append-lines f 400 another &; answers = 0; alice2: answers = 0; count-lines f alice = 400; count-lines f another = 400; stat f = size=5600
  append by turns                          | put f ""; open f O_WRONLY|O_APPEND as A; alice2: open f O_WRONLY|O_APPEND as B; write A one; alice2: write B two; write A three; cat f = "onetwothree"
  make each name once                      | mkdir d 0755; put log ""; win-names d 150 log &; alice2: win-names d 150 log &; alice3: win-names d 150 log &; answers = 0; alice2: answers = 0; alice3: answers = 0; count-lines log won = 150; count-entries d 4096 = 152
  see a replaced file old or new           | put f {x*5000}; alice2: replace-often f 200 &; read-whole f 400 = whole; alice2: answers = 0; read-whole f 1 = whole
  see all that stays in a listing          | mkdir d 0755; make-many d steady 250; alice2: come-and-go d 150 &; steady d steady 250 40 = steady; alice2: answers = 0; steady d steady 250 1 = steady; count-entries d 4096 = 252
  add up under a lock                      | put f 0; add-up f 200 &; alice2: add-up f 200 &; alice3: add-up f 200 &; answers = 0; alice2: answers = 0; alice3: answers = 0; cat f = "600"

killed processes:
  leave what they wrote                    | put f hello; alice2: open f O_RDWR as F; alice2: pwrite F J 0; alice2: mmap F 4096 PROT_READ|PROT_WRITE MAP_SHARED 0 as M; alice2: poke M 4 y; alice2: dies; cat f = "Jelly"; rename f g; cat g = "Jelly"; stat g = size=5
  leave what they appended                 | put f ""; alice2: append-lines f 20000 line &; alice2: dies; open f O_RDONLY as F; count-lines f line; append-lines f 1 after; count-lines f after = 1
  leave nothing of what was removed        | alice2: open f O_CREAT|O_RDWR 0644 as F; alice2: fill F 0 1M x; unlink f; alice2: dies; stat f = ENOENT; put f new; cat f = "new"; stat f = nlink=1
  leave the directories that they were in  | mkdir d 0755; alice2: chdir d; rmdir d; alice2: dies; mkdir d 0755; put d/f x; cat d/f = "x"
  leave a fifo without an end              | mknod p S_IFIFO|0666 0; alice2: open p O_RDWR as P; open p O_RDONLY|O_NONBLOCK as R; read R 1 = EAGAIN; alice2: dies; read R 1 = ""
