#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

int workspace_open_beneath(int root, const char *path, int flags, unsigned int mode) {
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  for (;;) {
    long descriptor = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (descriptor >= 0) return (int)descriptor;
    // The kernel asks for another try when a rename raced with the walk beneath the root.
    if (errno != EINTR && errno != EAGAIN) return -errno;
  }
}

int workspace_lock(int descriptor) {
  for (;;) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
    if (errno != EINTR) return -errno;
  }
}

int workspace_unlock(int descriptor) { return flock(descriptor, LOCK_UN) == 0 ? 0 : -errno; }

void *workspace_list_start(int descriptor, int *error) {
  // `fdopendir` takes its descriptor over, so it gets one of its own.
  int own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) {
    *error = errno;
    return NULL;
  }
  DIR *list = fdopendir(own);
  if (list == NULL) {
    *error = errno;
    close(own);
    return NULL;
  }
  *error = 0;
  return list;
}

const char *workspace_list_next(void *list, int *error) {
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir((DIR *)list);
    if (entry == NULL) {
      *error = errno;
      return NULL;
    }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    *error = 0;
    return entry->d_name;
  }
}

void workspace_list_end(void *list) { closedir((DIR *)list); }
