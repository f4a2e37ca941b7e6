import Glibc

/// This process as a job of the shell that started it.
enum ShellJob {
    enum Place {
        /// The terminal's keys and modes are this job's.
        case foreground
        /// They are the shell's or another job's: reading keys or setting modes would take them away.
        case background
        /// The terminal has gone, or it never was the controlling one.
        case nowhere
    }

    static var place: Place {
        switch tcgetpgrp(STDIN_FILENO) {
        case -1: .nowhere
        case getpgrp(): .foreground
        default: .background
        }
    }

    /// Keeps the kernel and ncurses from stopping the process, and tracking with it, by themselves. After ncurses has been
    /// started, because that installs a handler for SIGTSTP which stops the process for good.
    static func forbidStops() {
        for number in [SIGTSTP, SIGTTIN, SIGTTOU] { signal(number, SIG_IGN) }
    }

    /// Stops the process, so that the shell takes the terminal back, and lets it run on in the background then. Returns when
    /// it runs again: the shell has the terminal, or has already given it back, or there is no shell that wants it.
    static func stop() {
        // Without the waker the process would stay stopped and track nothing.
        guard startWaker() else { return }
        // To this thread, not to the process: only then it is stopped before it does anything else.
        raise(SIGSTOP)
    }

    /// In a process group of its own, so that what the shell does to the job does not reach it. Its parent ends at once, and
    /// nobody needs to wait for it.
    private static func startWaker() -> Bool {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let texts = ["sh", "-c", "(\(wakerScript)) &", "sh", "\(getpid())"]
        var arguments: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var (id, status) = (pid_t(), Int32())
        guard posix_spawn(&id, "/bin/sh", nil, &attributes, &arguments, nil) == 0 else { return false }
        return waitpid(id, &status, 0) == id && status == 0
    }

    /// Compares the job's process group with the terminal's foreground one (proc_pid_stat(5), past the name in parentheses).
    /// A stop that ended before the shell saw it would be lost, so this waits for the shell, however slow; but not for ever,
    /// because there may be no shell with job control.
    private static let wakerScript = """
        for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 \
        21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
            sleep 0.1
            read -r stat < "/proc/$1/stat" || exit
            set -- "$1" ${stat##*) }
            [ "$4" = "$7" ] || break
            set -- "$1"
        done
        kill -CONT "$1"
        """
}
