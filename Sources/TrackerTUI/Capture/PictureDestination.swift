import Files
import Glibc

/// Where a single capture goes.
enum PictureDestination: Equatable, Sendable {
    case standardOutput
    case path(String)

    /// `-` is standard output, as with other programs; a file of that name is `./-`.
    init(argument: String) {
        self = argument == "-" ? .standardOutput : .path(argument)
    }
}
