/// Tells what belongs to the present from what was begun before and ends late. Whatever takes its time carries the generation
/// that it was begun in, and brings it back with what became of it.
struct Generation: Sendable, Hashable, Comparable {
    private var number: Int

    init(_ number: Int = 0) { self.number = number }

    /// What was begun until now is of an earlier one from here on.
    mutating func advance() { number += 1 }

    static func < (one: Generation, other: Generation) -> Bool { one.number < other.number }
}
