import Files
import Foundation

/// Gives the bytes of a file from its beginning to its end, with little of it in memory.
struct ByteWindow {
    private typealias Reading = (_ count: Int, _ offset: Int) throws(FileError) -> [UInt8]

    private let read: Reading?
    private var window: [UInt8]
    private var position = 0
    private var nextWindow = 0
    /// Why there were no more bytes, if not because the file ended.
    private(set) var failure: FileError?

    private static let size = 64 * 1024

    init(_ bytes: [UInt8]) {
        read = nil
        window = bytes
    }

    /// - Parameter read: gives at most so many bytes from an offset on; fewer only at the end.
    init(_ read: @escaping (_ count: Int, _ offset: Int) throws(FileError) -> [UInt8]) {
        self.read = read
        window = []
    }

    /// The next bytes, as many as are there; nil at the end.
    mutating func next() -> ArraySlice<UInt8>? {
        guard fill() else { return nil }
        defer { position = window.count }
        return window[position...]
    }

    /// Copies the next bytes.
    /// - Returns: how many; fewer than asked for only at the end.
    mutating func read(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var done = 0
        while done < buffer.count, fill() {
            let step = min(buffer.count - done, window.count - position)
            window.withUnsafeBufferPointer { bytes in
                guard let from = bytes.baseAddress, let to = buffer.baseAddress else { return }
                (to + done).update(from: from + position, count: step)
            }
            position += step
            done += step
        }
        return done
    }

    /// The first bytes; to be called before any is read.
    mutating func firstBytes(_ count: Int) -> ArraySlice<UInt8> {
        _ = fill()
        return window.prefix(count)
    }

    private mutating func fill() -> Bool {
        guard position == window.count, let read, failure == nil else { return position < window.count }
        do throws(FileError) {
            window = try read(Self.size, nextWindow)
        } catch {
            failure = error
            window = []
        }
        position = 0
        nextWindow += window.count
        return !window.isEmpty
    }
}
