#ifndef SIGNALBOX_WORKSPACE_H
#define SIGNALBOX_WORKSPACE_H

// What Swift cannot say itself about folders that may hold hostile entries. Every function returns a value that is
// zero or greater on success and `-errno` on failure; none follows a symbolic link.

/// Opens `path` below the folder `root` without leaving it: no `..`, no absolute path, no symbolic or magic link on
/// the way, no other file system. Returns a descriptor (close-on-exec) or `-errno`; `-ENOSYS` before Linux 5.6.
int workspace_open_beneath(int root, const char *path, int flags, unsigned int mode);

/// Takes the advisory lock of an open file for this process alone, without waiting. Returns 0, or `-EWOULDBLOCK`
/// when another process holds it.
int workspace_lock(int descriptor);

/// Gives back what `workspace_lock` took.
int workspace_unlock(int descriptor);

/// Starts to list the folder behind `descriptor`, which stays the caller's. Returns NULL and sets `*error` on failure.
void *workspace_list_start(int descriptor, int *error);

/// Returns the next entry's name, never `.` or `..`, valid until the next call; NULL at the end, where `*error` is 0,
/// or on failure, where it is an errno value.
const char *workspace_list_next(void *list, int *error);

/// Ends a listing.
void workspace_list_end(void *list);

#endif
