#define NCURSES_WIDECHAR 1
#define _XOPEN_SOURCE_EXTENDED 1
#include <curses.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* What Swift cannot import: macros with parameters, and the C library's mutable globals. */

/* A string of the opened terminal's; null where it has none. */
static inline const char *tracker_string(const char *name) {
    const char *string = tigetstr(name);
    return string == (const char *)-1 ? NULL : string;
}

/* Null for a terminal that is not known, or that cannot move its cursor and so would stay blank. Asked before newterm, which
   changes the terminal's modes. */
static inline SCREEN *tracker_open_screen(void) {
    int error = 0;
    if (setupterm(NULL, STDOUT_FILENO, &error) != OK) return NULL;
    bool can_move = tracker_string("cup") != NULL;
    del_curterm(cur_term);
    return can_move ? newterm(NULL, stdout, stdin) : NULL;
}

static inline WINDOW *tracker_window(void) { return stdscr; }

static inline attr_t tracker_attributes(bool bold, bool dim, bool reverse) {
    return A_NORMAL | (bold ? A_BOLD : 0) | (dim ? A_DIM : 0) | (reverse ? A_REVERSE : 0);
}

/* The locale of the environment; where that does not write UTF-8, or is not installed, its characters give way to those of the
   C library's own UTF-8. False where there is none: pictures must be ASCII then. */
static inline bool tracker_use_locale(void) {
    if (setlocale(LC_ALL, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return true;
    return setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

/* The names of terminfo's strings, one by one; null behind the last. */
static inline const char *tracker_capability(size_t index) { return strnames[index]; }

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

/* Standard error while it leads to the log and not to the terminal. */
struct tracker_error_stream {
    /* Where it led before. */
    int terminal;
    /* What has been written to it. */
    int arriving;
    int is_diverted;
    int is_being_read;
    int is_crashing;
    /* What has been read and is not in the log yet, with zeros behind it. */
    char chunk[4096 + 1];
};

static inline struct tracker_error_stream *tracker_errors(void) {
    static struct tracker_error_stream errors;
    return &errors;
}

static inline void tracker_set_diverted(struct tracker_error_stream *errors, bool is_diverted) {
    __atomic_store_n(&errors->is_diverted, is_diverted, __ATOMIC_SEQ_CST);
}

/* What is read between these two is in the log when the last is called. False during a crash, which reads what is left. */
static inline bool tracker_begin_reading(struct tracker_error_stream *errors) {
    __atomic_store_n(&errors->is_being_read, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&errors->is_crashing, __ATOMIC_SEQ_CST)) return true;
    __atomic_store_n(&errors->is_being_read, 0, __ATOMIC_SEQ_CST);
    return false;
}

/* Bytes of the chunk; 0 at the end, -1 when there are none. */
static inline long tracker_read_errors(struct tracker_error_stream *errors) {
    return read(errors->arriving, errors->chunk, sizeof errors->chunk - 1);
}

static inline const char *tracker_error_chunk(const struct tracker_error_stream *errors) { return errors->chunk; }

static inline void tracker_end_reading(struct tracker_error_stream *errors) {
    memset(errors->chunk, 0, sizeof errors->chunk);
    __atomic_store_n(&errors->is_being_read, 0, __ATOMIC_SEQ_CST);
}

/* Nobody may be reading the terminal; the process ends all the same. The flag is shared with the shell, so it goes again. */
static inline int tracker_dont_wait(int file) {
    int flags = fcntl(file, F_GETFL);
    if (flags != -1) fcntl(file, F_SETFL, flags | O_NONBLOCK);
    return flags;
}

static inline void tracker_wait_again(int file, int flags) {
    if (flags != -1) fcntl(file, F_SETFL, flags);
}

/* On the terminal again, with what was last written to it: most likely why the process ends. From here to the end of the file
   only calls that are allowed in a signal handler (signal-safety(7)). */
static inline void tracker_release_errors(void) {
    struct tracker_error_stream *errors = tracker_errors();
    if (!__atomic_exchange_n(&errors->is_diverted, 0, __ATOMIC_SEQ_CST)) return;
    __atomic_store_n(&errors->is_crashing, 1, __ATOMIC_SEQ_CST);
    dup2(errors->terminal, STDERR_FILENO);
    /* A second at most: the reader may be the one that crashes, or wait for something that the one has who does. */
    struct timespec pause = {0, 10000000};
    for (int turn = 0; turn < 100 && __atomic_load_n(&errors->is_being_read, __ATOMIC_SEQ_CST); turn++)
        nanosleep(&pause, NULL);
    int flags = tracker_dont_wait(STDERR_FILENO);
    if (__atomic_load_n(&errors->is_being_read, __ATOMIC_SEQ_CST)) {
        ssize_t written = write(STDERR_FILENO, errors->chunk, strlen(errors->chunk));
        (void)written;
    }
    char bytes[1024];
    ssize_t count;
    while ((count = read(errors->arriving, bytes, sizeof bytes)) > 0) {
        ssize_t written = write(STDERR_FILENO, bytes, count);
        (void)written;
    }
    tracker_wait_again(STDERR_FILENO, flags);
}

/* No bracketed paste, the normal screen with its title, a visible cursor, plain characters. */
static inline void tracker_write_reset(int screen) {
    static const char reset[] = "\033[?2004l\033[?1049l\033[23;0;0t\033[?25h\033[0m\r\n";
    ssize_t written = write(screen, reset, sizeof reset - 1);
    (void)written;
}

/* From here on others that use the file use `nowhere` instead. */
static inline int tracker_take_away(int file, int nowhere) {
    int own = dup(file);
    if (own == -1) return file;
    dup2(nowhere, file);
    return own;
}

static inline void tracker_restore_terminal(void) {
    if (tracker_terminal()->screen_is_open) {
        tracker_set_screen_open(false);
        /* The process's other threads run on until it has gone: the one that draws must not take the screen again. What it has
           begun ends meanwhile. */
        int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
        int keyboard = tracker_take_away(STDIN_FILENO, nowhere);
        int screen = tracker_take_away(STDOUT_FILENO, nowhere);
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
        int flags = tracker_dont_wait(screen);
        tracker_write_reset(screen);
        tracker_wait_again(screen, flags);
        tcsetattr(keyboard, TCSANOW, &tracker_terminal()->saved);
    }
    tracker_release_errors();
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
