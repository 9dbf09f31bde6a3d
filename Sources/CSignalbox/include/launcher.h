#ifndef SIGNALBOX_LAUNCHER_H
#define SIGNALBOX_LAUNCHER_H

/// What a launched program may have. A limit below zero is no limit.
struct signalbox_launch_options {
  /// The most processes and threads its user may have. The kernel does not hold root to it, so the guardian counts what
  /// the program started and ends all of it where it is more.
  long long processes;
  /// The most bytes one file may grow to.
  long long file_size;
  /// The most descriptors one process may have open.
  long long open_files;
  /// The most bytes of address space one process may have.
  long long memory;
  /// The process whose end ends everything; 0 for whoever started the launcher.
  int parent;
  /// How long the program may clean up when it is told to stop, in milliseconds.
  int grace;
  /// Whether the program is a wrapper such as bubblewrap: it is not told to stop, only what runs inside it is, since a
  /// wrapper that goes takes the time to clean up from everything in it.
  int wrapped;
  /// Whether TCP is refused by Landlock.
  int without_network;
  /// Folders that Landlock hides, ended by NULL; NULL leaves Landlock alone.
  const char *const *hidden;
  /// Folders that Landlock leaves writable beside /dev, ended by NULL.
  const char *const *writable;
  /// Folders that Landlock leaves readable although they lie in a hidden one, ended by NULL.
  const char *const *readable;
};

/// Becomes the guardian of a program: starts it and ends with its status once it and everything it started are gone.
///
/// Whatever the program starts becomes the guardian's child sooner or later, daemons included, and is killed when the
/// program ends, when the guardian is told to stop (SIGTERM, SIGINT, SIGHUP), and when the process that started the
/// guardian is gone, however it went. The program gets no privileges it does not have, leaves no core file, and has a
/// process session of its own. `envp` is all of its environment; NULL passes the guardian's own on.
///
/// Returns only when the program could not be started, after a line on standard error: the status to end with.
int signalbox_launch(const struct signalbox_launch_options *options, char *const argv[], char *const envp[]);

/// Returns the version of Landlock that the kernel offers, 0 when it offers none.
int signalbox_landlock_version(void);

#endif
