import CFiles
public import Glibc

// A path of Linux is bytes without zero, in no encoding, and a String cannot hold them all. Here every byte that is no part of
// UTF-8 stands in a String as one scalar of the last private ones, U+10FF80 to U+10FFFF, as Python does with surrogates
// (PEP 383), which a String has not. Those scalars themselves, in UTF-8, stand for their four bytes in the same way, so that
// no two paths are one String's bytes, and each comes out as it went in.

extension String {
    private static let byteScalars: UInt32 = 0x10FF00
    /// The first byte of these scalars in UTF-8, and of few others.
    private static let mark: UInt8 = 0xF4

    /// A path, an argument or a variable as the system gives it.
    public init(systemBytes start: UnsafePointer<CChar>) {
        if let text = String(validatingCString: start), !text.utf8.contains(Self.mark) {
            self = text
        } else {
            var end = start
            while end.pointee != 0 { end += 1 }
            self.init(systemBytes: UnsafeRawBufferPointer(start: start, count: end - start))
        }
    }

    /// As ``init(systemBytes:)``, of bytes whose end is known.
    public init(systemBytes bytes: UnsafeRawBufferPointer) {
        self = ""
        var rest = bytes[...]
        while let byte = rest.first {
            let scalar = (1...4).lazy.compactMap { String(validating: rest.prefix($0), as: UTF8.self) }.first
            if let scalar, scalar.unicodeScalars.allSatisfy({ $0.systemByte == nil }) {
                append(scalar)
                rest = rest.dropFirst(scalar.utf8.count)
            } else {
                unicodeScalars.append(Unicode.Scalar(Self.byteScalars | UInt32(byte)) ?? "\u{FFFD}")
                rest = rest.dropFirst()
            }
        }
    }

    /// For the system's calls: what stands for bytes becomes them again.
    func withSystemBytes<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        guard utf8.contains(Self.mark) else { return withCString(body) }
        var bytes: [UInt8] = []
        for scalar in unicodeScalars {
            if let byte = scalar.systemByte { bytes.append(byte) } else { bytes += String(scalar).utf8 }
        }
        bytes.append(0)
        return bytes.withUnsafeBytes { buffer in
            // It has the zero at least.
            guard let start = buffer.bindMemory(to: CChar.self).baseAddress else { return "".withCString(body) }
            return body(start)
        }
    }

    /// For people, on one line: bytes that are no text and control characters as `\xe4`.
    public var printable: String {
        func isShown(_ scalar: Unicode.Scalar) -> Bool {
            scalar.systemByte == nil && scalar.properties.generalCategory != .control
        }
        if unicodeScalars.allSatisfy(isShown) { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            guard !isShown(scalar) else { return text.unicodeScalars.append(scalar) }
            for byte in scalar.systemByte.map({ [$0] }) ?? Array(String(scalar).utf8) {
                text += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
            }
        }
    }
}

extension Unicode.Scalar {
    /// The byte that it stands for.
    fileprivate var systemByte: UInt8? { value >= 0x10FF80 ? UInt8(truncatingIfNeeded: value) : nil }
}

/// The system's calls that take paths: each as its page in section 2 of the manual says, for any path, see SystemPath.swift.
public enum PathCalls {
    public static func open(_ path: String, _ flags: Int32, _ mode: FileMode = 0) -> Int32 {
        path.withSystemBytes { Glibc.open($0, flags, mode) }
    }

    public static func stat(_ path: String, _ status: inout Glibc.stat) -> Int32 {
        path.withSystemBytes { systemStatus($0, &status) }
    }

    public static func lstat(_ path: String, _ status: inout Glibc.stat) -> Int32 {
        path.withSystemBytes { Glibc.lstat($0, &status) }
    }

    @discardableResult
    public static func unlink(_ path: String) -> Int32 { path.withSystemBytes { Glibc.unlink($0) } }

    static func rename(_ path: String, _ newPath: String) -> Int32 {
        path.withSystemBytes { old in newPath.withSystemBytes { Glibc.rename(old, $0) } }
    }

    static func link(_ path: String, _ newPath: String) -> Int32 {
        path.withSystemBytes { old in newPath.withSystemBytes { Glibc.link(old, $0) } }
    }

    /// - Parameters:
    ///   - descriptor: the file, where `path` is empty and `flags` say so.
    static func link(_ descriptor: Int32, _ path: String, to newPath: String, _ flags: Int32) -> Int32 {
        path.withSystemBytes { old in
            newPath.withSystemBytes { linkat(descriptor, old, AT_FDCWD, $0, flags) }
        }
    }

    static func mkdir(_ path: String, _ mode: FileMode) -> Int32 { path.withSystemBytes { Glibc.mkdir($0, mode) } }

    static func access(_ path: String, _ mode: Int32) -> Int32 { path.withSystemBytes { Glibc.access($0, mode) } }

    static func opendir(_ path: String) -> OpaquePointer? { path.withSystemBytes { Glibc.opendir($0) } }

    /// The text of a link; nil where there is none.
    static func readlink(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX), alignment: 1) { buffer in
            guard let start = buffer.bindMemory(to: CChar.self).baseAddress else { return nil }
            let count = path.withSystemBytes { Glibc.readlink($0, start, buffer.count) }
            return count > 0 ? String(systemBytes: UnsafeRawBufferPointer(start: start, count: count)) : nil
        }
    }

    /// The path without links and dots; nil with `errno` where there is none.
    static func realpath(_ path: String) -> String? {
        guard let resolved = path.withSystemBytes({ Glibc.realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return String(systemBytes: resolved)
    }

    static func exchange(_ path: String, _ other: String) -> Int32 {
        path.withSystemBytes { old in other.withSystemBytes { cfiles_exchange(old, $0) } }
    }

    static func moveToNew(_ path: String, _ newPath: String) -> Int32 {
        path.withSystemBytes { old in newPath.withSystemBytes { cfiles_move_to_new(old, $0) } }
    }

    static func isMountPoint(_ path: String) -> Bool { path.withSystemBytes { cfiles_is_mount_point($0) } == 1 }
}

/// Where the call is not hidden by the one above, and `Glibc.stat` is the type.
private func systemStatus(_ path: UnsafePointer<CChar>, _ status: inout stat) -> Int32 { stat(path, &status) }
