#define NCURSES_WIDECHAR 1
#define _XOPEN_SOURCE_EXTENDED 1
#include <curses.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* What Swift cannot import: macros with parameters, and the C library's mutable globals. */

/* Null for a terminal that is not known, or that cannot move its cursor and so would stay blank. Asked before newterm, which
   changes the terminal's modes. */
static inline SCREEN *tracker_open_screen(void) {
    int error = 0;
    if (setupterm(NULL, STDOUT_FILENO, &error) != OK) return NULL;
    const char *move = tigetstr("cup");
    bool can_move = move && move != (const char *)-1;
    del_curterm(cur_term);
    return can_move ? newterm(NULL, stdout, stdin) : NULL;
}

static inline WINDOW *tracker_window(void) { return stdscr; }

static inline attr_t tracker_attributes(bool bold, bool dim, bool reverse) {
    return A_NORMAL | (bold ? A_BOLD : 0) | (dim ? A_DIM : 0) | (reverse ? A_REVERSE : 0);
}

/* True when the locale of the environment writes UTF-8. */
static inline bool tracker_use_locale(void) {
    if (!setlocale(LC_ALL, "")) return false;
    const char *codeset = nl_langinfo(CODESET);
    return codeset[0] == 'U' && codeset[1] == 'T' && codeset[2] == 'F';
}

/* The terminal as it was, for the ways out of the process that go past the program: crashes and exit(3). The variables live
   inside a function because Swift's importer gives file-level ones no storage; only one file imports this header, so there
   is one copy. */
struct tracker_terminal {
    struct termios saved;
    volatile sig_atomic_t screen_is_open;
};

static inline struct tracker_terminal *tracker_terminal(void) {
    static struct tracker_terminal terminal;
    return &terminal;
}

static inline void tracker_set_screen_open(bool is_open) { tracker_terminal()->screen_is_open = is_open; }

/* Only calls that are allowed in a signal handler (signal-safety(7)). */
static inline void tracker_restore_terminal(void) {
    /* No bracketed paste, the normal screen, a visible cursor, plain characters. */
    static const char reset[] = "\033[?2004l\033[?1049l\033[?25h\033[0m\r\n";
    if (!tracker_terminal()->screen_is_open) return;
    tracker_set_screen_open(false);
    /* Nobody may be reading the terminal; the process ends all the same. The flag is shared with the shell, so it goes. */
    int flags = fcntl(STDOUT_FILENO, F_GETFL);
    if (flags != -1) fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
    ssize_t written = write(STDOUT_FILENO, reset, sizeof reset - 1);
    (void)written;
    if (flags != -1) fcntl(STDOUT_FILENO, F_SETFL, flags);
    tcsetattr(STDIN_FILENO, TCSANOW, &tracker_terminal()->saved);
}

static inline void tracker_crash(int number) {
    tracker_restore_terminal();
    signal(number, SIG_DFL);
    raise(number);
}

static inline void tracker_guard_terminal(void) {
    static const int crashes[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
    tcgetattr(STDIN_FILENO, &tracker_terminal()->saved);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) signal(crashes[i], tracker_crash);
    atexit(tracker_restore_terminal);
}
