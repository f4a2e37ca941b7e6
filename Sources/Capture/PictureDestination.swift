/// Where a single capture goes.
public enum PictureDestination: Equatable, Sendable {
    case standardOutput
    case path(String)

    /// `-` is standard output, as with other programs; a file of that name is `./-`.
    public init(argument: String) {
        self = argument == "-" ? .standardOutput : .path(argument)
    }
}
