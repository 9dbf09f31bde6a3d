#include "CNcurses.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_NOMACROS 1
#include <ncursesw/curses.h>

_Static_assert(sizeof(wchar_t) == 4, "wide characters must hold any Unicode scalar");

static SCREEN *screen;
static FILE *input_file, *output_file;
static int input_descriptor = -1;
static struct termios original_modes;
static bool has_original_modes;

/* MARK: Locale */

bool cn_choose_locale(void) {
  const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  bool said = false;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = getenv(names[i]);
    if (value && *value) said = true;
  }
  const char *chosen = setlocale(LC_CTYPE, "");
  /* A locale that is not installed says nothing either: better UTF-8 than no letters at all. */
  if (!chosen || !said) setlocale(LC_CTYPE, "C.UTF-8");
  return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* MARK: Opening and closing */

static void set_modes(void) {
  cbreak();
  noecho();
  nonl();
  struct termios modes;
  if (tcgetattr(input_descriptor, &modes) != 0) return;
  /* The keys that send signals are read as keys; flow control stays with the terminal. */
  modes.c_cc[VINTR] = _POSIX_VDISABLE;
  modes.c_cc[VQUIT] = _POSIX_VDISABLE;
  modes.c_cc[VSUSP] = _POSIX_VDISABLE;
  modes.c_cc[VLNEXT] = _POSIX_VDISABLE;
  modes.c_cc[VDISCARD] = _POSIX_VDISABLE;
  tcsetattr(input_descriptor, TCSANOW, &modes);
  def_prog_mode();
}

static bool open_screen(const char *term) {
  /* Sizes from the environment would freeze the window. */
  use_env(FALSE);
  use_tioctl(TRUE);
  screen = newterm(term, output_file, input_file);
  if (!screen) return false;
  set_term(screen);
  const char *address = tigetstr("cup");
  if (!address || address == (const char *)-1) {
    /* A terminal whose cursor cannot be moved has no screen. */
    endwin();
    delscreen(screen);
    screen = NULL;
    return false;
  }
  set_modes();
  keypad(stdscr, TRUE);
  scrollok(stdscr, FALSE);
  idlok(stdscr, TRUE);
  leaveok(stdscr, FALSE);
  if (has_colors()) {
    start_color();
    use_default_colors();
  }
  return true;
}

bool cn_open(const char *term, int input, int output) {
  if (screen) return false;
  int input_copy = fcntl(input, F_DUPFD_CLOEXEC, 3), output_copy = fcntl(output, F_DUPFD_CLOEXEC, 3);
  input_file = input_copy < 0 ? NULL : fdopen(input_copy, "r");
  output_file = output_copy < 0 ? NULL : fdopen(output_copy, "w");
  input_descriptor = input;
  has_original_modes = tcgetattr(input, &original_modes) == 0;
  if (input_file && output_file && open_screen(term)) return true;
  cn_close();
  return false;
}

bool cn_reopen(const char *term) {
  if (!screen) return false;
  endwin();
  delscreen(screen);
  screen = NULL;
  return open_screen(term);
}

void cn_close(void) {
  if (screen) {
    endwin();
    delscreen(screen);
    screen = NULL;
  }
  if (input_file) fclose(input_file);
  if (output_file) fclose(output_file);
  input_file = output_file = NULL;
  if (has_original_modes) tcsetattr(input_descriptor, TCSADRAIN, &original_modes);
  has_original_modes = false;
  input_descriptor = -1;
}

void cn_leave(void) {
  if (!screen) return;
  endwin();
  if (has_original_modes) tcsetattr(input_descriptor, TCSADRAIN, &original_modes);
}

void cn_come_back(void) {
  if (!screen) return;
  /* Another program may have left its own modes behind, so they are set anew instead of remembered. */
  reset_prog_mode();
  set_modes();
  tcflush(input_descriptor, TCIFLUSH);
  clearok(curscr, TRUE);
}

/* MARK: Size and colours */

bool cn_terminal_size(int descriptor, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return false;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return true;
}

void cn_resize(int columns, int rows) {
  if (screen && is_term_resized(rows, columns)) resizeterm(rows, columns);
}

void cn_screen_size(int *columns, int *rows) {
  *columns = screen ? getmaxx(stdscr) : 0;
  *rows = screen ? getmaxy(stdscr) : 0;
}

int cn_colors(void) { return screen && has_colors() ? COLORS : 0; }

bool cn_define_pair(int pair, int foreground, int background) {
  return screen && pair > 0 && pair < COLOR_PAIRS && init_extended_pair(pair, foreground, background) == OK;
}

/* MARK: Drawing */

enum { RUN_LIMIT = 2048 };
static cchar_t run[RUN_LIMIT];
static int run_length;

static void add_wide(const wchar_t *text, unsigned attributes, int pair) {
  if (run_length >= RUN_LIMIT - 1) return;
  attr_t bits = 0;
  if (attributes & CN_BOLD) bits |= A_BOLD;
  if (attributes & CN_DIM) bits |= A_DIM;
  if (attributes & CN_UNDERLINE) bits |= A_UNDERLINE;
  if (attributes & CN_REVERSE) bits |= A_REVERSE;
  setcchar(&run[run_length++], text, bits, (short)(pair > 32767 ? 32767 : pair), &pair);
}

void cn_add(const uint32_t *scalars, int count, int width, unsigned attributes, int pair) {
  wchar_t text[CCHARW_MAX + 1] = {0};
  if (count < 1 || wcwidth((wchar_t)scalars[0]) != width || scalars[0] < 0x20) {
    add_wide(L"?", attributes, pair);
    for (int i = 1; i < width; i++) add_wide(L" ", attributes, pair);
    return;
  }
  int length = 0;
  text[length++] = (wchar_t)scalars[0];
  for (int i = 1; i < count && length < CCHARW_MAX; i++)
    if (wcwidth((wchar_t)scalars[i]) == 0) text[length++] = (wchar_t)scalars[i];
  add_wide(text, attributes, pair);
}

void cn_put_run(int column, int row) {
  if (screen && run_length > 0) {
    /* Unlike adding characters one by one, this neither wraps nor minds the last cell of the screen. */
    mvwadd_wchnstr(stdscr, row, column, run, run_length);
  }
  run_length = 0;
}

void cn_erase(void) {
  if (screen) werase(stdscr);
}

void cn_cursor(int column, int row, bool visible) {
  if (!screen) return;
  if (visible) wmove(stdscr, row, column);
  curs_set(visible ? 1 : 0);
}

void cn_repaint(void) {
  if (screen) clearok(curscr, TRUE);
}

/* ncurses writes whenever it moves the cursor. For the time of an update its descriptor leads into a file in memory, so
   that a picture goes to the terminal whole, in one piece. */
static int gather = -1;

void cn_flush(const char *before, const char *after) {
  if (!screen) return;
  wnoutrefresh(stdscr);
  int output = fileno(output_file), terminal = -1;
  if (gather < 0) gather = memfd_create("signalbox-picture", MFD_CLOEXEC);
  /* Coming back from another program, ncurses sets the terminal's modes by the same descriptor. */
  if (gather >= 0 && !isendwin() && ftruncate(gather, 0) == 0 && lseek(gather, 0, SEEK_SET) == 0)
    terminal = fcntl(output, F_DUPFD_CLOEXEC, 3);
  if (terminal < 0 || dup3(gather, output, O_CLOEXEC) < 0) {
    if (terminal >= 0) close(terminal);
    cn_write(output, before, strlen(before));
    doupdate();
    cn_write(output, after, strlen(after));
    return;
  }
  cn_write(gather, before, strlen(before));
  doupdate();
  cn_write(gather, after, strlen(after));
  off_t size = lseek(gather, 0, SEEK_CUR);
  dup3(terminal, output, O_CLOEXEC);
  close(terminal);
  if (size <= 0) return;
  void *bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, gather, 0);
  if (bytes == MAP_FAILED) {
    /* What ncurses believes to be on the screen is not there. */
    clearok(curscr, TRUE);
    return;
  }
  cn_write(output, bytes, (size_t)size);
  munmap(bytes, (size_t)size);
}

const char *cn_terminfo(const char *name) {
  if (!screen) return NULL;
  const char *text = tigetstr((char *)name);
  return text == (const char *)-1 ? NULL : text;
}

bool cn_write(int descriptor, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = write(descriptor, next, count);
    if (written > 0) {
      next += written;
      count -= (size_t)written;
    } else if (errno == EAGAIN) {
      struct pollfd wait = {descriptor, POLLOUT, 0};
      if (poll(&wait, 1, 1000) <= 0) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/* MARK: Events and signals */

int cn_make_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void cn_signal(int event) {
  uint64_t one = 1;
  int kept = errno;
  while (write(event, &one, sizeof one) < 0 && errno == EINTR) {}
  errno = kept;
}

void cn_drain(int event) {
  uint64_t value;
  while (read(event, &value, sizeof value) < 0 && errno == EINTR) {}
}

static volatile int signal_event = -1;
static unsigned arrived;
static struct sigaction old_winch, old_stop, old_continue;

static void on_signal(int number) {
  unsigned bit = number == SIGWINCH ? CN_RESIZED : number == SIGTSTP ? CN_STOP_WANTED : CN_CONTINUED;
  __atomic_or_fetch(&arrived, bit, __ATOMIC_SEQ_CST);
  int event = signal_event;
  if (event >= 0) cn_signal(event);
}

void cn_watch_signals(int event) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  signal_event = event;
  sigaction(SIGWINCH, &action, &old_winch);
  sigaction(SIGTSTP, &action, &old_stop);
  sigaction(SIGCONT, &action, &old_continue);
}

void cn_unwatch_signals(void) {
  sigaction(SIGWINCH, &old_winch, NULL);
  sigaction(SIGTSTP, &old_stop, NULL);
  sigaction(SIGCONT, &old_continue, NULL);
  signal_event = -1;
}

unsigned cn_take_signals(void) { return __atomic_exchange_n(&arrived, 0, __ATOMIC_SEQ_CST); }

void cn_stop_process_group(void) {
  struct sigaction usual, ours;
  memset(&usual, 0, sizeof usual);
  usual.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &usual, &ours);
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &stop, &before);
  kill(0, SIGTSTP);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  sigaction(SIGTSTP, &ours, NULL);
}

/* MARK: Dying */

/* The order matters: modes first, then the cursor, the other screen last. */
static const char restore_text[] =
  "\033[?2026l\033[?1004l\033[?2004l\033[?2031l\033[?1000l\033[?1006l\033[23;2t\033[0m\033[?25h\033[?1l\033>\033[?1049l\r\n";
static const int fatal[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGSEGV, SIGFPE, SIGSYS,
                            SIGHUP, SIGINT,  SIGTERM, SIGQUIT, SIGXCPU, SIGXFSZ,
                            /* Nobody sends these on purpose, but each ends a process that does not listen to it. */
                            SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT};
enum { FATAL_COUNT = sizeof fatal / sizeof *fatal };
static struct sigaction old_actions[FATAL_COUNT];
static volatile bool is_guarding;
static int guard_input = -1, guard_output = -1, guard_error = -1;
static struct termios guard_modes;
static bool has_guard_modes;

/* Only a terminal that was told of progress is told that there is none. */
static const char progress_text[] = "\033]9;4;0;0\007";
static volatile bool has_progress;

void cn_set_progress(bool is_shown) { has_progress = is_shown; }

static void restore_terminal(void) {
  if (has_progress) {
    ssize_t taken_back = write(guard_output, progress_text, sizeof progress_text - 1);
    (void)taken_back;
  }
  ssize_t ignored = write(guard_output, restore_text, sizeof restore_text - 1);
  (void)ignored;
  if (has_guard_modes) tcsetattr(guard_input, TCSANOW, &guard_modes);
  if (guard_error >= 0) dup2(guard_error, 2);
}

static void on_fatal(int number, siginfo_t *information, void *context) {
  (void)context;
  restore_terminal();
  is_guarding = false;
  for (int i = 0; i < FATAL_COUNT; i++) sigaction(fatal[i], &old_actions[i], NULL);
  /* A fault happens again on return, now with the handler that was there before: Swift's backtrace on a sane
   * terminal. A signal that somebody sent must be sent again. */
  bool is_fault = (number == SIGILL || number == SIGTRAP || number == SIGBUS || number == SIGSEGV || number == SIGFPE)
                  && information->si_code > 0;
  if (!is_fault) raise(number);
}

/* A call of exit() somewhere must not leave the terminal in our modes either. */
static void on_exit_of_process(void) {
  if (is_guarding) restore_terminal();
}

void cn_guard_crashes(int input, int output, int standard_error) {
  guard_input = input;
  guard_output = output;
  guard_error = standard_error;
  has_guard_modes = tcgetattr(input, &guard_modes) == 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fatal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < FATAL_COUNT; i++) {
    sigaction(fatal[i], NULL, &old_actions[i]);
    /* A signal that is ignored (as under nohup) stays ignored. */
    if (old_actions[i].sa_handler != SIG_IGN) sigaction(fatal[i], &action, NULL);
  }
  static bool is_registered;
  if (!is_registered) is_registered = atexit(on_exit_of_process) == 0;
  is_guarding = true;
}

void cn_unguard_crashes(void) {
  if (!is_guarding) return;
  for (int i = 0; i < FATAL_COUNT; i++) {
    struct sigaction current;
    sigaction(fatal[i], NULL, &current);
    if (current.sa_sigaction == on_fatal) sigaction(fatal[i], &old_actions[i], NULL);
  }
  is_guarding = false;
}

/* MARK: Afterwards */

/* Whatever any console may have switched on, not only ours of today: synchronized output, focus, paste, colour scheme,
 * the mouse, the keyboard's other protocol, progress; then colours, title, cursor keys, cursor, and the other screen. */
static const char order_text[] =
  "\033[?2026l\033[?1004l\033[?2004l\033[?2031l\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[<u\033]9;4;0\007"
  "\033[23;2t\033[0m\033[?1l\033>\033[?25h\033[?1049l\r\n";

bool cn_put_in_order(int descriptor) {
  struct termios modes;
  if (tcgetattr(descriptor, &modes) != 0) return false;
  modes.c_iflag &= ~(tcflag_t)(IGNBRK | INLCR | IGNCR | IXOFF | IXANY | PARMRK | INPCK | ISTRIP | IUCLC);
  modes.c_iflag |= BRKINT | ICRNL | IMAXBEL | IXON;
  modes.c_oflag &= ~(tcflag_t)(OLCUC | OCRNL | ONOCR | ONLRET | OFILL | OFDEL);
  modes.c_oflag |= OPOST | ONLCR;
  modes.c_cflag |= CREAD;
  modes.c_lflag &= ~(tcflag_t)(ECHONL | NOFLSH | TOSTOP | ECHOPRT | EXTPROC | FLUSHO);
  modes.c_lflag |= ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
  static const struct { int place; cc_t key; } keys[] = {
    {VINTR, 3}, {VQUIT, 28}, {VERASE, 127}, {VKILL, 21}, {VEOF, 4}, {VSUSP, 26}, {VSTART, 17}, {VSTOP, 19},
    {VREPRINT, 18}, {VWERASE, 23}, {VLNEXT, 22}, {VDISCARD, 15}, {VMIN, 1}, {VTIME, 0},
    {VEOL, _POSIX_VDISABLE}, {VEOL2, _POSIX_VDISABLE}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) modes.c_cc[keys[i].place] = keys[i].key;
  /* Output that Control-S stopped goes on, or nothing could be written. */
  tcflow(descriptor, TCOON);
  bool is_written = cn_write(descriptor, order_text, sizeof order_text - 1);
  return tcsetattr(descriptor, TCSANOW, &modes) == 0 && is_written;
}

void cn_prepare_thread(void) {
  pthread_setname_np(pthread_self(), "terminal");
  stack_t existing;
  if (sigaltstack(NULL, &existing) == 0 && !(existing.ss_flags & SS_DISABLE)) return;
  /* Kept until the process ends: the thread may die in a signal handler on it. */
  static _Thread_local char *stack;
  if (!stack) stack = malloc(65536);
  stack_t own = {.ss_sp = stack, .ss_size = 65536};
  if (stack) sigaltstack(&own, NULL);
}
