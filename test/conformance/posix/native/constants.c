// The constants that stories may name, with the values of the system's headers.
#include "agent.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define IS(name) {#name, (unsigned long)(name)}

static const struct {
  const char *name;
  unsigned long value;
} constants[] = {
    IS(O_RDONLY), IS(O_WRONLY), IS(O_RDWR), IS(O_CREAT), IS(O_EXCL), IS(O_TRUNC), IS(O_APPEND), IS(O_NOFOLLOW),
    IS(O_DIRECTORY), IS(O_PATH), IS(O_TMPFILE), IS(O_NONBLOCK), IS(O_SYNC), IS(O_DSYNC), IS(O_DIRECT), IS(O_NOATIME),
    IS(O_CLOEXEC), IS(O_NOCTTY),
    IS(AT_SYMLINK_NOFOLLOW), IS(AT_SYMLINK_FOLLOW), IS(AT_REMOVEDIR), IS(AT_EMPTY_PATH), IS(AT_EACCESS),
    IS(RENAME_NOREPLACE), IS(RENAME_EXCHANGE), IS(RENAME_WHITEOUT),
    IS(RESOLVE_BENEATH), IS(RESOLVE_IN_ROOT), IS(RESOLVE_NO_SYMLINKS), IS(RESOLVE_NO_MAGICLINKS), IS(RESOLVE_NO_XDEV),
    IS(RESOLVE_CACHED),
    IS(S_IFREG), IS(S_IFDIR), IS(S_IFLNK), IS(S_IFIFO), IS(S_IFSOCK), IS(S_IFCHR), IS(S_IFBLK),
    IS(SEEK_SET), IS(SEEK_CUR), IS(SEEK_END), IS(SEEK_DATA), IS(SEEK_HOLE),
    IS(FALLOC_FL_KEEP_SIZE), IS(FALLOC_FL_PUNCH_HOLE), IS(FALLOC_FL_ZERO_RANGE), IS(FALLOC_FL_COLLAPSE_RANGE),
    IS(FALLOC_FL_INSERT_RANGE), IS(FALLOC_FL_UNSHARE_RANGE),
    IS(F_OK), IS(R_OK), IS(W_OK), IS(X_OK),
    IS(LOCK_SH), IS(LOCK_EX), IS(LOCK_UN), IS(LOCK_NB),
    IS(F_RDLCK), IS(F_WRLCK), IS(F_UNLCK), IS(F_GETFL), IS(F_SETFL), IS(F_GETFD), IS(F_SETFD), IS(FD_CLOEXEC),
    IS(F_DUPFD), IS(F_SETLEASE), IS(F_GETLEASE),
    IS(PROT_NONE), IS(PROT_READ), IS(PROT_WRITE), IS(PROT_EXEC), IS(MAP_SHARED), IS(MAP_PRIVATE), IS(MS_SYNC),
    IS(MS_ASYNC), IS(MS_INVALIDATE),
    IS(XATTR_CREATE), IS(XATTR_REPLACE),
    IS(RWF_APPEND), IS(RWF_NOAPPEND), IS(RWF_DSYNC), IS(RWF_SYNC), IS(RWF_NOWAIT), IS(RWF_HIPRI),
    IS(IN_ACCESS), IS(IN_MODIFY), IS(IN_ATTRIB), IS(IN_CLOSE_WRITE), IS(IN_CLOSE_NOWRITE), IS(IN_OPEN),
    IS(IN_MOVED_FROM), IS(IN_MOVED_TO), IS(IN_CREATE), IS(IN_DELETE), IS(IN_DELETE_SELF), IS(IN_MOVE_SELF),
    IS(IN_ALL_EVENTS), IS(IN_NONBLOCK), IS(IN_ONLYDIR), IS(IN_DONT_FOLLOW),
    IS(SYNC_FILE_RANGE_WRITE), IS(POSIX_FADV_SEQUENTIAL), IS(POSIX_FADV_DONTNEED), IS(POSIX_FADV_WILLNEED),
    IS(POLLIN), IS(POLLOUT), IS(SIGUSR1), IS(SIGIO), IS(SIGALRM),
};

bool constant(const char *name, size_t length, unsigned long *value) {
  for (size_t index = 0; index < sizeof constants / sizeof *constants; index++) {
    const char *known = constants[index].name;
    if (strlen(known) != length || memcmp(known, name, length) != 0) continue;
    *value = constants[index].value;
    return true;
  }
  return false;
}
