/* The few words of ncurses that Signalbox speaks, without its types, macros and global variables.
 *
 * One screen per process. Every function of a screen must be called by the thread that opened it, except where
 * "any thread" is said. No function here prints a message or ends the process.
 */
#ifndef SIGNALBOX_CNCURSES_H
#define SIGNALBOX_CNCURSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Attributes of a cell. */
enum { CN_BOLD = 1, CN_DIM = 2, CN_UNDERLINE = 4, CN_REVERSE = 8 };

/* Signals that arrived since they were last asked for. */
enum { CN_RESIZED = 1, CN_STOP_WANTED = 2, CN_CONTINUED = 4 };

/* Chooses the character set of the environment, or UTF-8 where the environment says nothing; returns whether it is
 * UTF-8. */
bool cn_choose_locale(void);

/* Opens a screen of the named kind of terminal on two descriptors; false when the kind is unknown or unfit. */
bool cn_open(const char *term, int input, int output);

/* Opens another kind of terminal on the same descriptors; false leaves the screen closed. */
bool cn_reopen(const char *term);

/* Gives the terminal back in the state it had before cn_open. */
void cn_close(void);

/* Leaves the screen for another program; the next cn_flush comes back and repaints. */
void cn_leave(void);

/* Undoes cn_leave's change of the terminal's modes, before the next cn_flush. */
void cn_come_back(void);

/* Asks the kernel for the size of the terminal; false when it does not know. Any thread. */
bool cn_terminal_size(int descriptor, int *columns, int *rows);

/* Tells ncurses the size of the terminal. */
void cn_resize(int columns, int rows);

/* The size ncurses works with. */
void cn_screen_size(int *columns, int *rows);

/* How many colours the kind of terminal has, 0 for none. */
int cn_colors(void);

/* Defines a pair of colours; -1 is the terminal's own colour. False when there is no room. */
bool cn_define_pair(int pair, int foreground, int background);

/* Adds a character of one or two columns to the run being collected; characters whose width the C library sees
 * differently become '?'. */
void cn_add(const uint32_t *scalars, int count, int width, unsigned attributes, int pair);

/* Puts the collected run on the screen and empties it. */
void cn_put_run(int column, int row);

/* Empties the screen, without sending anything yet. */
void cn_erase(void);

/* Places the text cursor. */
void cn_cursor(int column, int row, bool visible);

/* Sends everything anew with the next flush. */
void cn_repaint(void);

/* Sends what changed, with a text before and a text after it, in one write where that can be. */
void cn_flush(const char *before, const char *after);

/* A string of the terminal's description, or NULL. */
const char *cn_terminfo(const char *name);

/* Writes all bytes past ncurses; false when the terminal is gone. Only between flushes. */
bool cn_write(int descriptor, const void *bytes, size_t count);

/* A descriptor that becomes readable by cn_signal. Any thread. */
int cn_make_event(void);
void cn_signal(int event);
void cn_drain(int event);

/* Directs size changes, stop and continue signals to an event; cn_open must come later. */
void cn_watch_signals(int event);
void cn_unwatch_signals(void);
/* Returns and forgets the signals that arrived. Any thread. */
unsigned cn_take_signals(void);
/* Stops the process group as Control-Z does, and returns when it goes on. */
void cn_stop_process_group(void);

/* Restores the terminal when the process is about to die of a signal. `standard_error` is the descriptor of the real
 * standard error, or -1. */
void cn_guard_crashes(int input, int output, int standard_error);
void cn_unguard_crashes(void);
/* Notes whether the terminal shows progress, which a dying process then takes back. */
void cn_set_progress(bool is_shown);
/* Puts a terminal that a killed program left behind in order: modes off, cursor, title, the usual screen, and the line
 * discipline as `stty sane` sets it. Needs no screen; false when the descriptor takes it no more. Any thread. */
bool cn_put_in_order(int descriptor);
/* Names the calling thread, and gives it its own stack for signals, so that an overflowing one can be reported. */
void cn_prepare_thread(void);

#endif
