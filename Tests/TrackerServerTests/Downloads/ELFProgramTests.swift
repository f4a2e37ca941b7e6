import TestSupport
import Testing

@testable import TrackerServer

@Suite struct ELFProgramTests {
    private func program(_ bytes: [UInt8]) async throws -> ELFProgram? {
        try await ELFProgram { count, offset in Array(bytes.dropFirst(offset).prefix(count)) }
    }

    @Test func theLibrariesAreReadInTheirOrder() async throws {
        #expect(
            try await program(HandmadeELF(libraries: ["libc.so.6", "libm.so.6"]).bytes)?.libraries == [
                "libc.so.6", "libm.so.6",
            ])
        #expect(try await program(HandmadeELF(libraries: []).bytes)?.libraries == [])
        #expect(try await program(HandmadeELF(libraries: nil).bytes)?.libraries == [], "all of it is inside")
    }

    @Test(arguments: [
        ("libswiftCore.so", false), ("libFoundationEssentials.so", false), ("lib_FoundationICU.so", false),
        ("libdispatch.so", false), ("libc.so.6", true), ("libX11.so.6", true), ("libncursesw.so.6", true),
    ])
    func whatNeedsSwiftsLibrariesDoesNotRunElsewhere(library: String, runs: Bool) async throws {
        let bytes = HandmadeELF(libraries: ["libm.so.6", library]).bytes
        #expect(try await program(bytes)?.runsWithoutSwift == runs)
    }

    @Test func realProgramsAreRead() async throws {
        let folder = try TemporaryFolder()
        try await run(["cp", Program.client, "/bin/true", folder.path])
        #expect(try await program(folder.bytes(of: "TrackerTUI"))?.runsWithoutSwift == false)
        #expect(try await program(folder.bytes(of: "true"))?.libraries.contains("libc.so.6") == true)
    }

    @Test func otherFilesAreNoPrograms() async throws {
        let whole = HandmadeELF(libraries: ["libc.so.6"]).bytes
        for bytes: [UInt8] in [[], Array("#!/bin/sh\n".utf8), Array(whole.prefix(63)), Array(whole.prefix(100))] {
            #expect(try await program(bytes) == nil)
        }
        var strange = whole
        strange[4] = 1
        #expect(try await program(strange) == nil, "32 bits")
    }

    /// Whatever is damaged, nothing crashes.
    @Test func anyByteMayBeWrong() async throws {
        let whole = HandmadeELF(libraries: ["libc.so.6"]).bytes
        for index in whole.indices {
            for value in [0, 0x7F, 0xFF] as [UInt8] {
                var damaged = whole
                damaged[index] = value
                _ = try await program(damaged)
            }
        }
    }
}

/// A program put together by hand: a header, a segment that holds all of it, and where it has libraries, a dynamic section.
struct HandmadeELF {
    /// Nil: there is no dynamic section.
    var libraries: [String]?

    var bytes: [UInt8] {
        let address = 0x40_0000
        let start = 64 + 2 * 56
        var (entries, names): ([UInt8], [UInt8]) = ([], [0])
        for library in libraries ?? [] {
            entries += number(1, 8)
            entries += number(names.count, 8)
            names += Array(library.utf8) + [0]
        }
        let size = entries.count + 32
        entries += number(5, 8)
        entries += number(address + start + size, 8)
        entries += number(0, 16)
        var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1]
        // The rest of the identification, type, machine, version, entry, both tables, flags, sizes and counts.
        for (value, size) in [
            (0, 9), (2, 2), (62, 2), (1, 4), (address, 8), (64, 8), (0, 8), (0, 4), (64, 2), (56, 2), (2, 2), (0, 6),
        ] { bytes += number(value, size) }
        bytes += segment(1, at: 0, start + size + names.count, address)
        bytes += segment(libraries == nil ? 0x6474_E551 : 2, at: start, size, address)
        return bytes + entries + names
    }

    private func segment(_ type: Int, at offset: Int, _ size: Int, _ address: Int) -> [UInt8] {
        let place = address + offset
        let fields = [(type, 4), (5, 4), (offset, 8), (place, 8), (place, 8), (size, 8), (size, 8), (4096, 8)]
        return fields.flatMap { number($0.0, $0.1) }
    }

    private func number(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> ($0 * 8)) : 0 }
    }
}
