# What Peerfuse does where it does not do yet what a disk does. Each story stands for the one of its title; it fails as soon as that
# works, and goes away then.

# A file belongs to a directory from its first operation on; programs are told so and make a named file.
O_TMPFILE:
  is a file without a name        | open . O_TMPFILE|O_RDWR 0600 = EOPNOTSUPP; list . = nothing
  gets a name later               | open . O_TMPFILE|O_RDWR 0644 = EOPNOTSUPP
  gets none when it is exclusive  | open . O_TMPFILE|O_EXCL|O_RDWR 0644 = EOPNOTSUPP
