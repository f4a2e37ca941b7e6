import Glibc

extension UnsafeMutablePointer where Pointee: FixedWidthInteger {
    /// Zeros whose pages come into being only when they are touched, so that a small picture costs few of them. To be
    /// freed with free(3).
    static func zeros(_ count: Int) -> UnsafeMutablePointer {
        guard let memory = calloc(count, MemoryLayout<Pointee>.stride) else {
            // Says that memory is short, and ends the process, in the way of every allocation in Swift.
            let memory = allocate(capacity: count)
            memory.initialize(repeating: 0, count: count)
            return memory
        }
        return memory.bindMemory(to: Pointee.self, capacity: count)
    }

    /// The same memory or other, with `keeping` numbers of it, for memory from ``zeros(_:)``; the system moves large
    /// memory without copying it.
    func resized(to count: Int, keeping: Int) -> UnsafeMutablePointer {
        guard let memory = realloc(self, count * MemoryLayout<Pointee>.stride) else {
            let memory = Self.zeros(count)
            memory.update(from: self, count: keeping)
            free(self)
            return memory
        }
        return memory.bindMemory(to: Pointee.self, capacity: count)
    }
}
