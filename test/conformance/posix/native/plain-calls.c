// System calls whose arguments are words as they stand. Each line says the order of the kernel's arguments: p path, n number,
// f descriptor, d bytes and then how many.
#include "agent.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
  const char *name;
  long number;
  const char *arguments;
} plain_calls[] = {
    {"open", SYS_open, "pnn"}, // A third word is needed with O_CREAT and O_TMPFILE alone.
    {"openat", SYS_openat, "fpnn"},
    {"creat", SYS_creat, "pn"},
    {"close", SYS_close, "f"},
    {"dup", SYS_dup, "f"},
    {"fcntl", SYS_fcntl, "fnn"},
    {"flock", SYS_flock, "fn"},
    {"mkdir", SYS_mkdir, "pn"},
    {"mkdirat", SYS_mkdirat, "fpn"},
    {"mknod", SYS_mknod, "pnn"},
    {"mknodat", SYS_mknodat, "fpnn"},
    {"rmdir", SYS_rmdir, "p"},
    {"unlink", SYS_unlink, "p"},
    {"unlinkat", SYS_unlinkat, "fpn"},
    {"link", SYS_link, "pp"},
    {"linkat", SYS_linkat, "fpfpn"},
    {"symlink", SYS_symlink, "pp"},
    {"symlinkat", SYS_symlinkat, "pfp"},
    {"rename", SYS_rename, "pp"},
    {"renameat", SYS_renameat, "fpfp"},
    {"renameat2", SYS_renameat2, "fpfpn"},
    {"chmod", SYS_chmod, "pn"},
    {"fchmod", SYS_fchmod, "fn"},
    {"fchmodat", SYS_fchmodat, "fpn"},
    {"fchmodat2", 452, "fpnn"},
    {"chown", SYS_chown, "pnn"},
    {"lchown", SYS_lchown, "pnn"},
    {"fchown", SYS_fchown, "fnn"},
    {"fchownat", SYS_fchownat, "fpnnn"},
    {"access", SYS_access, "pn"},
    {"faccessat2", SYS_faccessat2, "fpnn"},
    {"truncate", SYS_truncate, "pn"},
    {"ftruncate", SYS_ftruncate, "fn"},
    {"fallocate", SYS_fallocate, "fnnn"},
    {"lseek", SYS_lseek, "fnn"},
    {"write", SYS_write, "fd"},
    {"pwrite", SYS_pwrite64, "fdn"},
    {"fsync", SYS_fsync, "f"},
    {"fdatasync", SYS_fdatasync, "f"},
    {"syncfs", SYS_syncfs, "f"},
    {"sync_file_range", SYS_sync_file_range, "fnnn"},
    {"fadvise", SYS_fadvise64, "fnnn"},
    {"readahead", SYS_readahead, "fnn"},
    {"chdir", SYS_chdir, "p"},
    {"fchdir", SYS_fchdir, "f"},
    {"chroot", SYS_chroot, "p"},
    {"umask", SYS_umask, "n"},
    {"setxattr", SYS_setxattr, "ppdn"},
    {"lsetxattr", SYS_lsetxattr, "ppdn"},
    {"fsetxattr", SYS_fsetxattr, "fpdn"},
    {"removexattr", SYS_removexattr, "pp"},
    {"lremovexattr", SYS_lremovexattr, "pp"},
    {"fremovexattr", SYS_fremovexattr, "fp"},
    {"inotify_init1", SYS_inotify_init1, "n"},
    {"inotify_add_watch", SYS_inotify_add_watch, "fpn"},
    {"inotify_rm_watch", SYS_inotify_rm_watch, "fn"},
};

/** Words that stand for addresses: none at all, and one that is not the process's. */
static long path_of(struct words *words, int index) {
  const char *text = text_of(words, index);
  if (strcmp(text, "NULL") == 0) return 0;
  return strcmp(text, "EVIL") == 0 ? 1 : (long)text;
}

static void run_with(struct words *words, long number, const char *kinds) {
  long arguments[6] = {0};
  int filled = 0;
  // What stands behind the arguments is not needed by every use of a call, as the mode of open(2).
  for (int index = 1; *kinds != '\0' && index < words->count; kinds++, index++) {
    switch (*kinds) {
    case 'p': arguments[filled++] = path_of(words, index); break;
    case 'n': arguments[filled++] = number_of(words, index); break;
    case 'f': arguments[filled++] = descriptor_of(words, index); break;
    default:
      arguments[filled++] = path_of(words, index);
      arguments[filled++] = (long)words->length[index];
    }
  }
  long result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  answer_result(result);
}

bool run_plain_call(struct words *words) {
  for (size_t index = 0; index < sizeof plain_calls / sizeof *plain_calls; index++) {
    if (strcmp(plain_calls[index].name, words->text[0]) != 0) continue;
    run_with(words, plain_calls[index].number, plain_calls[index].arguments);
    return true;
  }
  return false;
}
