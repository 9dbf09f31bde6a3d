#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// How long what was killed may take to go. A process that hangs in the kernel cannot be waited for.
static const long long patience = 5000;
// How long to wait before looking again for what is left; a signal ends the wait earlier.
static const int look_again = 20;
// How long to wait before counting again where the kernel does not: a storm makes some thousands in that time.
static const int count_again = 250;

// MARK: Signals

// Handlers and not signalfd: a signal for the process may reach any of its threads, and the language's runtime may
// have made some before this code runs.
static volatile sig_atomic_t stop_wanted;
static int wake[2] = {-1, -1};

static void note_signal(int number) {
  int saved = errno;
  if (number != SIGCHLD) stop_wanted = 1;
  unsigned char byte = 0;
  // A full pipe wakes as well as one more byte.
  if (write(wake[1], &byte, 1) < 0) errno = 0;
  errno = saved;
}

static int listen_for_signals(void) {
  if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0) return -1;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
  for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
    if (sigaction(numbers[index], &action, NULL) < 0) return -1;
  }
  sigset_t none;
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, NULL);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// MARK: Descendants

struct process {
  int number;
  int parent;
  int threads;
  // Together with the number it names one process for all time.
  unsigned long long start;
  int is_ours;
};

struct processes {
  struct process *items;
  size_t count;
  size_t room;
};

static int read_process(int number, struct process *process) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", number);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return -1;
  text[count] = 0;
  // The name in parentheses may hold anything, parentheses too; after the last one come state and parent.
  char *rest = strrchr(text, ')');
  if (rest == NULL) return -1;
  char state;
  int parent, threads;
  unsigned long long start;
  int found = sscanf(
    rest + 1,
    " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %llu", &state, &parent, &threads,
    &start);
  if (found != 4 || state == 'Z' || state == 'X') return -1;
  process->number = number;
  process->parent = parent;
  process->threads = threads;
  process->start = start;
  process->is_ours = 0;
  return 0;
}

static int by_number(const void *left, const void *right) {
  int a = ((const struct process *)left)->number, b = ((const struct process *)right)->number;
  return (a > b) - (a < b);
}

// Lists what descends from this process. What lost its parent belongs to it, since it is the nearest subreaper.
static void find_descendants(struct processes *found) {
  found->count = 0;
  DIR *folder = opendir("/proc");
  if (folder == NULL) return;
  struct dirent *entry;
  while ((entry = readdir(folder)) != NULL) {
    int number = atoi(entry->d_name);
    if (number <= 0) continue;
    if (found->count == found->room) {
      size_t room = found->room == 0 ? 256 : found->room * 2;
      struct process *items = realloc(found->items, room * sizeof *items);
      if (items == NULL) break;
      found->items = items;
      found->room = room;
    }
    if (read_process(number, &found->items[found->count]) == 0) found->count++;
  }
  closedir(folder);
  qsort(found->items, found->count, sizeof *found->items, by_number);
  int own = getpid();
  for (int changed = 1; changed;) {
    changed = 0;
    for (size_t index = 0; index < found->count; index++) {
      struct process *process = &found->items[index];
      if (process->is_ours) continue;
      if (process->parent != own) {
        struct process key = {.number = process->parent};
        struct process *parent = bsearch(&key, found->items, found->count, sizeof key, by_number);
        if (parent == NULL || !parent->is_ours) continue;
      }
      process->is_ours = 1;
      changed = 1;
    }
  }
}

// Sends a signal to exactly the process that was found, and to no later one with its number.
static void tell(const struct process *process, int number) {
  int handle = (int)syscall(SYS_pidfd_open, process->number, 0);
  struct process still;
  if (handle < 0) {
    // Before Linux 5.3 there is only the number.
    if (errno == ENOSYS) kill(process->number, number);
    return;
  }
  if (read_process(process->number, &still) == 0 && still.start == process->start) {
    syscall(SYS_pidfd_send_signal, handle, number, NULL, 0);
  }
  close(handle);
}

static void tell_all(struct processes *found, int number, int except) {
  find_descendants(found);
  for (size_t index = 0; index < found->count; index++) {
    struct process *process = &found->items[index];
    if (process->is_ours && process->number != except) tell(process, number);
  }
}

// Whether there are more processes and threads than allowed. All those of the machine are one short read; only where
// these are more is it found out whose they are.
static int are_too_many(struct processes *found, long long most) {
  char text[128];
  int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return 0;
  text[count] = 0;
  long long all;
  if (sscanf(text, "%*s %*s %*s %*d/%lld", &all) != 1 || all <= most) return 0;
  find_descendants(found);
  long long own = 0;
  for (size_t index = 0; index < found->count; index++) {
    if (found->items[index].is_ours) own += found->items[index].threads;
  }
  return own > most;
}

// MARK: Landlock

// The kernel's structures and numbers, written out because the headers of the machine that builds may be older.
struct landlock_ruleset {
  uint64_t files;
  uint64_t network;
  uint64_t scoped;
};

struct landlock_beneath {
  uint64_t allowed;
  int32_t folder;
} __attribute__((packed));

enum {
  landlock_execute = 1 << 0,
  landlock_write_file = 1 << 1,
  landlock_read_file = 1 << 2,
  landlock_read_folder = 1 << 3,
  landlock_truncate = 1 << 14,
  landlock_device_control = 1 << 15,
};

static const uint64_t landlock_reading = landlock_execute | landlock_read_file | landlock_read_folder;
// What may stand in a rule about something that is no folder.
static const uint64_t landlock_of_files =
  landlock_execute | landlock_write_file | landlock_read_file | landlock_truncate | landlock_device_control;

static long create_ruleset(const struct landlock_ruleset *rules, size_t size, unsigned int flags) {
  return syscall(444 /* landlock_create_ruleset */, rules, size, flags);
}

int signalbox_landlock_version(void) {
  long version = create_ruleset(NULL, 0, 1 /* LANDLOCK_CREATE_RULESET_VERSION */);
  return version < 0 ? 0 : (int)version;
}

static int is_beneath(const char *path, const char *folder) {
  size_t length = strlen(folder);
  if (strcmp(folder, "/") == 0) return 1;
  return strncmp(path, folder, length) == 0 && (path[length] == 0 || path[length] == '/');
}

// Grants access to a folder or file; where something hidden lies beneath a folder, to its entries one by one, since a
// grant always holds for everything beneath. Links are passed over: what they lead to is granted where it lies.
static void grant(int ruleset, const char *path, uint64_t allowed, const char *const *hidden) {
  for (const char *const *each = hidden; *each != NULL; each++) {
    if (is_beneath(path, *each)) return;
  }
  int place = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (place < 0) return;
  struct stat status;
  if (fstat(place, &status) < 0 || S_ISLNK(status.st_mode)) {
    close(place);
    return;
  }
  int holds_hidden = 0;
  for (const char *const *each = hidden; *each != NULL; each++) holds_hidden |= is_beneath(*each, path);
  if (!holds_hidden) {
    struct landlock_beneath rule = {.folder = place};
    rule.allowed = S_ISDIR(status.st_mode) ? allowed : allowed & landlock_of_files;
    syscall(445 /* landlock_add_rule */, ruleset, 1 /* LANDLOCK_RULE_PATH_BENEATH */, &rule, 0);
    close(place);
    return;
  }
  close(place);
  DIR *folder = opendir(path);
  if (folder == NULL) return;
  struct dirent *entry;
  while ((entry = readdir(folder)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char inner[PATH_MAX];
    int length = snprintf(inner, sizeof inner, "%s/%s", strcmp(path, "/") == 0 ? "" : path, entry->d_name);
    if (length > 0 && (size_t)length < sizeof inner) grant(ruleset, inner, allowed, hidden);
  }
  closedir(folder);
}

// Grants access to named folders, also beneath a hidden one, and never gives back a hidden one that lies in them.
static void open_up(int ruleset, const char *const *folders, uint64_t allowed, const char *const *hidden) {
  for (const char *const *each = folders; each != NULL && *each != NULL; each++) {
    const char *inside[64];
    size_t count = 0;
    for (const char *const *one = hidden; *one != NULL && count < 63; one++) {
      if (!is_beneath(*each, *one)) inside[count++] = *one;
    }
    inside[count] = NULL;
    grant(ruleset, *each, allowed, inside);
  }
}

// Returns a ruleset, or -1 when the kernel offers none.
static int make_ruleset(const struct signalbox_launch_options *options) {
  int version = signalbox_landlock_version();
  if (version < 1) return -1;
  uint64_t known = (1 << 13) - 1;
  if (version >= 2) known |= 1 << 13;
  if (version >= 3) known |= landlock_truncate;
  if (version >= 5) known |= landlock_device_control;
  struct landlock_ruleset rules = {.files = known};
  // Binding and connecting over TCP.
  if (version >= 4 && options->without_network) rules.network = 3;
  // Signals to, and abstract sockets of, whoever is outside.
  if (version >= 6) rules.scoped = 3;
  size_t size = version >= 6 ? sizeof rules : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
  int ruleset = (int)create_ruleset(&rules, size, 0);
  if (ruleset < 0) return -1;
  grant(ruleset, "/", landlock_reading & known, options->hidden);
  grant(ruleset, "/dev", (landlock_write_file | landlock_device_control) & known, options->hidden);
  open_up(ruleset, options->writable, known, options->hidden);
  open_up(ruleset, options->readable, landlock_reading & known, options->hidden);
  return ruleset;
}

// MARK: The program

static int limit(int resource, long long value) {
  if (value < 0) return 0;
  struct rlimit own;
  if (getrlimit(resource, &own) < 0) return -1;
  rlim_t wanted = (rlim_t)value;
  if (own.rlim_max != RLIM_INFINITY && wanted > own.rlim_max) wanted = own.rlim_max;
  struct rlimit next = {.rlim_cur = wanted, .rlim_max = wanted};
  return setrlimit(resource, &next);
}

// Takes every capability away for good. Root would keep all of them, and some let it look into processes and change
// mounts, whatever Landlock says.
static int drop_capabilities(void) {
  // One that may not be dropped from the set of those that can be had is gone from the set of those one has.
  for (int capability = 0; capability < 64; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  // The kernel's structures of <linux/capability.h>, version 3.
  struct {
    uint32_t version;
    int process;
  } header = {0x20080522, 0};
  struct {
    uint32_t effective, permitted, inheritable;
  } none[2] = {{0, 0, 0}, {0, 0, 0}};
  return (int)syscall(SYS_capset, &header, none);
}

// Runs in the child; calls nothing that could wait for a lock another thread held when the process was copied.
static void become(
  const struct signalbox_launch_options *options, int ruleset, int complaint, char *const argv[], char *const envp[]) {
  // Asked of the kernel, since the library keeps two signals to itself and ignores them in what it starts. Zeros say
  // “as usual” in the kernel's structure on every machine.
  unsigned long usual[8] = {0};
  for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, usual, NULL, 8);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
  int failed = limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_FSIZE, options->file_size) < 0
    || limit(RLIMIT_NOFILE, options->open_files) < 0 || limit(RLIMIT_NPROC, options->processes) < 0
    || limit(RLIMIT_AS, options->memory) < 0;
  if (!failed && ruleset >= 0) {
    failed = syscall(446 /* landlock_restrict_self */, ruleset, 0) < 0 || drop_capabilities() < 0;
  }
  if (!failed) {
    syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    execvpe(argv[0], argv, envp);
  }
  int reason = errno;
  if (write(complaint, &reason, sizeof reason) < 0) _exit(126);
  _exit(127);
}

static int complain(const char *program, int reason) {
  dprintf(2, "signalbox launch: %s cannot be started: %s\n", program, strerror(reason));
  return 127;
}

static void end_like(int status) {
  if (WIFSIGNALED(status)) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(WTERMSIG(status), &action, NULL);
    kill(getpid(), WTERMSIG(status));
    // Only a signal that ends no process comes here.
    _exit(128 + WTERMSIG(status));
  }
  _exit(WEXITSTATUS(status));
}

int signalbox_launch(const struct signalbox_launch_options *options, char *const argv[], char *const envp[]) {
  if (envp == NULL) envp = environ;
  const char *program = argv[0] == NULL ? "nothing" : argv[0];
  if (argv[0] == NULL) return complain(program, ENOENT);
  if (listen_for_signals() < 0) return complain(program, errno);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return complain(program, errno);
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) return complain(program, errno);
  int starter = getppid();
  // A process in another namespace shows as 0 and cannot be watched.
  int parent = starter > 0 ? (int)syscall(SYS_pidfd_open, starter, 0) : -1;
  if (getppid() != starter || (options->parent > 0 && starter != options->parent)) {
    return complain(program, ESRCH);
  }
  int ruleset = options->hidden == NULL ? -1 : make_ruleset(options);
  int complaint[2];
  if (pipe2(complaint, O_CLOEXEC) < 0) return complain(program, errno);
  int child = fork();
  if (child < 0) return complain(program, errno);
  if (child == 0) become(options, ruleset, complaint[1], argv, envp);
  close(complaint[1]);
  if (ruleset >= 0) close(ruleset);
  int reason = 0;
  ssize_t count;
  while ((count = read(complaint[0], &reason, sizeof reason)) < 0 && errno == EINTR) {
  }
  close(complaint[0]);
  if (count > 0) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    return complain(program, reason);
  }
  // The kernel holds root to no number, so the guardian counts, and keeps something to say so with.
  long long most = getuid() == 0 ? options->processes : -1;
  int voice = most >= 0 ? fcntl(2, F_DUPFD_CLOEXEC, 3) : -1;
  // The program has its own; an end that the guardian kept would make readers wait for the guardian too.
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int end = 0; end < 3; end++) {
    if (nothing < 0 || dup2(nothing, end) < 0) close(end);
  }

  struct processes found = {NULL, 0, 0};
  int status = 0, has_ended = 0, is_killing = 0, is_stopping = 0;
  long long deadline = 0;
  for (;;) {
    int ended, what;
    while ((ended = waitpid(-1, &what, WNOHANG)) > 0) {
      if (ended == child) {
        status = what;
        has_ended = 1;
      }
    }
    if (ended < 0 && errno == ECHILD) break;
    if (!is_killing && (has_ended || (is_stopping && now() >= deadline))) {
      is_killing = 1;
      deadline = now() + patience;
    }
    if (is_killing) {
      if (now() >= deadline) break;
      tell_all(&found, SIGKILL, 0);
    } else if (stop_wanted && !is_stopping) {
      is_stopping = 1;
      deadline = now() + (options->grace < 0 ? 0 : options->grace);
      if (!options->wrapped) kill(-child, SIGTERM);
      tell_all(&found, SIGTERM, options->wrapped ? child : 0);
      // Whoever stopped itself cannot clean up.
      tell_all(&found, SIGCONT, 0);
    }
    if (most >= 0 && !is_killing && are_too_many(&found, most)) {
      if (voice >= 0) dprintf(voice, "signalbox: more than %lld processes; all of them were ended\n", most);
      is_killing = 1;
      deadline = now() + patience;
      tell_all(&found, SIGKILL, 0);
    }
    long long left = most >= 0 ? count_again : -1;
    if (is_killing) {
      left = look_again;
    } else if (is_stopping) {
      long long rest = deadline - now();
      if (rest < 0) rest = 0;
      if (left < 0 || rest < left) left = rest;
    }
    struct pollfd events[2] = {{.fd = wake[0], .events = POLLIN}, {.fd = parent, .events = POLLIN}};
    if (poll(events, 2, (int)left) < 0 && errno != EINTR) usleep((useconds_t)look_again * 1000);
    char bytes[256];
    while (read(wake[0], bytes, sizeof bytes) > 0) {
    }
    if (parent >= 0 && events[1].revents != 0) {
      close(parent);
      parent = -1;
      is_killing = 1;
      deadline = now() + patience;
    }
  }
  if (!has_ended) _exit(128 + SIGKILL);
  end_like(status);
  return 127;
}
