import Glibc
import TestSupport
import Testing

@testable import Files

struct FolderAbilitiesTests {
    @Test func anOrdinaryFolderCanDoEverythingAndIsLeftAsItWas() throws {
        let folder = try TemporaryFolder()
        // What a probe that was killed has left.
        for number in 1...2 { try folder.write("", to: "\(FolderAbilities.probePrefix)\(number)") }
        #expect(FolderAbilities.probe(folder.path) == .all)
        #expect(FolderAbilities.all.missing == [])
        #expect(try folder.names() == [])
    }

    /// Whoever writes next says why nothing can be written.
    @Test func whereNothingCanBeMadeNothingIsKnownToBeMissing() throws {
        #expect(FolderAbilities.probe("/proc/self") == .all)
    }

    @Test(.enabled(if: ExFATDisk.isPossible)) func exFATLacksNearlyEverything() async throws {
        try await ExFATDisk.with { disk in
            let abilities = FolderAbilities.probe(disk.path)
            #expect(!abilities.namelessFiles && !abilities.links && !abilities.exchanges && !abilities.permissions)
            #expect(abilities.missing.count >= 4)
            let left = try Folder.files(in: disk.path)
            #expect(left.isEmpty)
        }
    }
}
