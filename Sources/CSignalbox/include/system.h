#ifndef SIGNALBOX_SYSTEM_H
#define SIGNALBOX_SYSTEM_H

/// Makes an event counter (eventfd, close-on-exec, non-blocking), or returns -1 and sets errno.
///
/// Swift's Glibc module does not contain <sys/eventfd.h>.
int signalbox_eventfd(void);

/// Adds one to an event counter: whoever polls it wakes up. Returns 0, or -1 and sets errno.
int signalbox_eventfd_signal(int descriptor);

#endif
