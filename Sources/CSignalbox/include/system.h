#ifndef SIGNALBOX_SYSTEM_H
#define SIGNALBOX_SYSTEM_H

/// Makes an event counter (eventfd, close-on-exec, non-blocking), or returns -1 and sets errno.
///
/// Swift's Glibc module does not contain <sys/eventfd.h>.
int signalbox_eventfd(void);

/// Adds one to an event counter: whoever polls it wakes up. Returns 0, or -1 and sets errno.
int signalbox_eventfd_signal(int descriptor);

/// Starts a program in a process session of its own, in a folder, with three descriptors and nothing else, with signals
/// as a fresh process has them. Returns 0, or an errno value.
///
/// Swift's Glibc module does not contain what changes the folder and closes the rest.
int signalbox_spawn(int *process, const char *folder, const int ends[3], char *const argv[], char *const envp[]);

/// Returns the user who is at the other end of a connected Unix socket, as the kernel knows them, or -1 and sets errno.
///
/// Swift's Glibc module does not contain `struct ucred`.
long signalbox_peer_user(int descriptor);

/// Accepts a connection, close-on-exec and non-blocking from its first moment on, or returns -1 and sets errno.
///
/// Swift's Glibc module does not contain accept4.
int signalbox_accept(int descriptor);

#endif
