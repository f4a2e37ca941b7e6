import Glibc

/// Who gets at a file's content or into a folder besides root, by its permission bits.
enum Exposure: Sendable, Hashable {
    case owner
    case group
    case everybody

    enum Subject: Sendable {
        /// Reading and writing count.
        case file
        /// Going into it counts too: names can be guessed.
        case folder
    }

    init(of subject: Subject, _ permissions: mode_t) {
        let counted: mode_t = subject == .folder ? 7 : 6
        if permissions & counted != 0 {
            self = .everybody
        } else {
            self = permissions >> 3 & counted != 0 ? .group : .owner
        }
    }
}
