import Glibc
import TestSupport
import Testing

@testable import Files

struct SystemPathTests {
    private func string(_ bytes: [UInt8]) -> String {
        let text = bytes.map { CChar(bitPattern: $0) } + [0]
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(systemBytes: $0) } ?? "" }
    }

    private func bytes(_ path: String) -> [UInt8] {
        path.withSystemBytes { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    @Test func everyPathComesOutAsItWentIn() {
        var generator = SeededGenerator(seed: 7)
        // Beside random ones what is at the edges of UTF-8, and what stands for bytes.
        let pieces: [[UInt8]] = [
            [0xE4], [0xC3], [0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xED, 0xA0, 0x80], [0xC0, 0xAF],
            [0xF4, 0x8F, 0xBE, 0x80],
            [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x8F, 0xBD, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0x98, 0x80],
            [0xF0, 0x9F], [0x0A], [0xFF], [0x2F], [0x61],
        ]
        for round in 0..<3000 {
            var path: [UInt8] = []
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                path +=
                    round.isMultiple(of: 2)
                    ? [UInt8.random(in: 1...255, using: &generator)] : pieces.randomElement(using: &generator) ?? []
            }
            #expect(bytes(string(path)) == path)
        }
    }

    @Test func aTextIsItself() {
        for text in ["", "/a/b.png", "é ü 😀", "\u{10FF7F}"] {
            #expect(Array(string(Array(text.utf8)).utf8) == Array(text.utf8))
            #expect(bytes(text) == Array(text.utf8))
        }
    }

    @Test func whatIsNoTextIsShownByItsNumber() {
        #expect(string([0x6D, 0xE4, 0x0A, 0x2E]).printable == "m\\xe4\\x0a.")
        #expect("/a/é b".printable == "/a/é b")
        #expect("a\u{1B}[31m\u{9B}b\u{202E}c\u{2028}".printable == #"a\x1b[31m\xc2\x9bb\xe2\x80\xaec\xe2\x80\xa8"#)
        #expect(
            FileError(attempt: "write \(string([0xFF]))", code: ENOENT).description.hasPrefix(#"Cannot write \xff: "#))
    }

    @Test func aSlashEndsAFolderWhateverFollowsIt() {
        #expect(WholeFile.folder(of: "a/\u{301}b") == "a")
        #expect(WholeFile.folder(of: "/\u{301}b") == "/")
        #expect(WholeFile.folder(of: "\u{301}b") == ".")
    }

    @Test func filesFoldersAndLinksHaveAnyNames() throws {
        let folder = try TemporaryFolder()
        let names = [[0xE4], [0xE5], Array("é".utf8), Array("e\u{301}".utf8), [0x0A]].map(string)
        for (number, name) in names.enumerated() {
            try Folder.make("\(folder.path)/folder \(name)/\(name)")
            let path = "\(folder.path)/\(name)"
            try WholeFile.write([UInt8(number)].span, to: path, mode: 0o600)
            try WholeFile.write([UInt8(number), 7].span, to: path, mode: 0o600)
            #expect(name.withSystemBytes { target in "\(path).link".withSystemBytes { symlink(target, $0) } } == 0)
        }
        #expect(try Folder.files(in: folder.path).map(\.size) == [2, 2, 2, 2, 2])
        for (number, name) in names.enumerated() {
            let path = "\(folder.path)/\(name)"
            #expect(try OpenFile.contents(of: "\(path).link") == [UInt8(number), 7])
            #expect(Array(try FileLink.destination(of: "\(path).link").utf8) == Array(path.utf8))
            #expect(Array(try Folder.resolve("\(path).link").utf8.suffix(name.utf8.count)) == Array(name.utf8))
            try Folder.removeFile(path)
        }
        #expect(try Folder.files(in: folder.path).isEmpty)
    }
}
