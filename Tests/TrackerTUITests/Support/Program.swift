import Glibc

/// The client as a program, built beside the tests.
enum Program {
    static let path: String = {
        guard let tests = realpath("/proc/self/exe", nil) else { return "TrackerTUI" }
        defer { free(tests) }
        return String(cString: tests).split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/TrackerTUI"
    }()
}
