// Web: the web admin's files, which lie in Public, on their way to browsers. What the pages do stands there.

import CPublic
import Crypto
import NIOPosix
import Shared

/// The web admin's files: those that the program has inside, or a folder's while somebody works on them.
struct WebAdmin: Sendable {
    private enum Source: Sendable {
        case files([String: WebFile], shells: [Bool: WebFile])
        /// As they are there at each moment.
        case folder(String)
    }

    private let source: Source
    /// Stands in the paths of all files but the shell: with other contents they have other paths, and never go stale.
    let version: String

    /// The paths of its pages. All get the shell, which shows what the path says.
    static let pages = [
        APIPath.start, "/hours", "/reports", "/activity", "/screenshots", "/live", "/setup", "/client", "/me",
    ]
    /// The paths of the files that pages are made of.
    static let files = ["/web/{version}/{name}", "/web/{version}/{folder}/{name}"]
    static var paths: [String] { pages + files }
    /// What all pages begin with.
    static let shellName = "index.html"
    /// Stands in the shell for ``version``.
    private static let placeholder = "{version}"
    /// Stands in the shell for whether a login came with the request.
    private static let loginPlaceholder = "{login}"
    /// Nothing but its own files runs; nothing goes to others, and texts never become elements.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

    /// Those in the program, made ready once.
    init() {
        self.init(files: Self.embedded)
    }

    init(files: [String: [UInt8]]) {
        var hash = SHA256()
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array("\(name)\n\(bytes.count)\n".utf8))
            hash.update(data: bytes)
        }
        let version = hash.finalize().prefix(8).hexadecimal
        self.version = version
        let made = files.compactMap { name, bytes -> (String, WebFile)? in
            name == Self.shellName ? nil : WebFile(name, bytes).map { (name, $0) }
        }
        let shells = [false, true].compactMap { hasLogin in
            files[Self.shellName].flatMap { WebFile(Self.shellName, Self.filled($0, version, hasLogin)) }
                .map { (hasLogin, $0) }
        }
        source = .files(Dictionary(uniqueKeysWithValues: made), shells: Dictionary(uniqueKeysWithValues: shells))
    }

    /// - Parameter folder: one like Public.
    init(folder: String) {
        source = .folder(folder)
        version = "working"
    }

    /// True when what a path has shown may be shown again without asking.
    var isFinal: Bool { if case .files = source { true } else { false } }

    /// What every page begins with. It says whether the browser has sent a login, good or not: scripts can't see it, and without
    /// one there is no need to ask whose it is.
    func shell(hasLogin: Bool) async throws -> WebFile? {
        switch source {
        case .files(_, let shells): return shells[hasLogin]
        case .folder:
            guard let bytes = try await bytes(of: Self.shellName) else { return nil }
            return WebFile(Self.shellName, Self.filled(bytes, version, hasLogin), compresses: false)
        }
    }

    /// - Parameter name: `main.js`, `pages/hours.js`; not the shell.
    /// - Returns: nil when there is no such file.
    func file(_ name: String) async throws -> WebFile? {
        switch source {
        case .files(let files, _): return files[name]
        case .folder:
            guard name != Self.shellName, let bytes = try await bytes(of: name) else { return nil }
            return WebFile(name, bytes, compresses: false)
        }
    }

    /// A file's bytes as they are in the folder.
    private func bytes(of name: String) async throws -> [UInt8]? {
        guard case .folder(let folder) = source, Self.isName(name),
            let file = try await ServedFile(folder + "/" + name, pool: .singleton)
        else { return nil }
        return try await file.read(upTo: file.size, at: 0)
    }

    private static func filled(_ shell: [UInt8], _ version: String, _ hasLogin: Bool) -> [UInt8] {
        let text = String(decoding: shell, as: UTF8.self).replacing(placeholder, with: version)
        return Array(text.replacing(loginPlaceholder, with: hasLogin ? "sent" : "none").utf8)
    }

    /// Leads nowhere but into the folder.
    private static func isName(_ name: String) -> Bool {
        name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && !part.hasPrefix(".") && part.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
    }

    /// What lies in Public, by name.
    static var embedded: [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for index in 0..<public_file_count() {
            let file = public_file(index)
            files[String(cString: file.name)] = Array(UnsafeBufferPointer(start: file.bytes, count: file.size))
        }
        return files
    }
}
