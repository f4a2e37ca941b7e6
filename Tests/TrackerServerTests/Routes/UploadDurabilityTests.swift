import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// What is acknowledged is on the disk, whole; what is not leaves nothing.
struct UploadDurabilityTests {
    private static let limit = ArrivingFile.gatheringLimit
    private let key = ["Idempotency-Key": "0b1f8f5e-9d7a-4c7e-8f7a-1d2c3b4a5968"]

    /// Images around the limit up to which they are gathered in memory.
    @Test(arguments: [limit - 1, limit, limit + 1, 2 * limit, 2 * limit + 4096, 3 * limit + 5])
    func imagesOfAnySizeAreStoredAsTheyAre(size: Int) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let image = TestImage.png(ofSize: size)
            try await server.upload(.image(image), as: eva, headers: key).expect(201)
            let name = try #require(try server.storedImages().first)
            #expect(try server.folders.snapshot()[server.folders.uploads + "/" + name] == image)
            try await server.upload(.image(image), as: eva, headers: key).expect(200)
            for place in [0, size - 100] {
                let other = TestImage.png(ofSize: size, changedAt: place)
                try await server.upload(.image(other), as: eva, headers: key).expectError(409, "conflict")
            }
            try await server.upload(.image(TestImage.png(ofSize: size - 1)), as: eva, headers: key)
                .expectError(409, "conflict")
            #expect(try server.storedImages() == [name])
        }
    }

    @Test(.enabled(if: getuid() == 0), arguments: [300_000, 700_000])
    func aDiskThatIsFullKeepsWhatItHas(size: Int) async throws {
        try await TestFolders.with { folders in
            try FileManager.default.createDirectory(atPath: folders.uploads, withIntermediateDirectories: true)
            try mounted(mount("tmpfs", folders.uploads, "tmpfs", 0, "size=2060k"))
            defer { umount2(folders.uploads, Int32(MNT_DETACH)) }
            try await TestServer.run(folders: folders) { server in
                let eva = try await server.employee("eva")
                var status = 201
                var stored = 0
                while status == 201, stored < 10 {
                    let before = try server.folders.snapshot()
                    let reply = try await server.upload(.image(TestImage.png(ofSize: size)), as: eva)
                    status = reply.status
                    if status == 201 {
                        stored += 1
                    } else {
                        try reply.expectError(507, "storage_full")
                        #expect(try server.folders.snapshot() == before)
                    }
                }
                #expect(status == 507)
                #expect(try server.storedImages().count == stored)
                try await server.upload(.image(), as: eva).expect(201)
            }
        }
    }

    @Test(.enabled(if: getuid() == 0))
    func aFolderThatIsReadOnlyIsToldAndMayBecomeWritable() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let folder = server.folders.uploads
            try mounted(mount(folder, folder, nil, Self.bind, nil))
            defer { umount2(folder, Int32(MNT_DETACH)) }
            let readOnly = Self.bind | 1 | 32  // MS_RDONLY, MS_REMOUNT
            try mounted(mount(nil, folder, nil, readOnly, nil))
            for size in [100, 700_000] {
                try await server.upload(.image(TestImage.png(ofSize: size)), as: eva)
                    .expectError(503, "storage_unavailable")
            }
            umount2(folder, Int32(MNT_DETACH))
            #expect(try server.storedImages() == [])
            try await server.upload(.image(), as: eva).expect(201)
        }
    }

    /// MS_BIND, see mount(2).
    private static let bind: UInt = 4096

    private func mounted(_ result: Int32) throws {
        try #require(result == 0, "\(String(cString: strerror(errno)))")
    }

    /// Killed in the middle of many uploads, the server has all that it acknowledged and no half of any other.
    @Test(.timeLimit(.minutes(5)), arguments: [40, 150])
    func whatIsAcknowledgedSurvivesAKill(milliseconds: Int) async throws {
        try await TestFolders.with { folders in
            try await TestServer.run(folders: folders) { server in _ = try await server.employee("eva") }
            let acknowledged = try await acknowledgedUploads(folders, killedAfter: .milliseconds(milliseconds))
            try await TestServer.run(at: "2026-03-03T08:00:00.000Z", folders: folders) { server in
                let list = try await server.get(APIPath.uploadsList + "?limit=1000", as: try await server.login("eva"))
                let listed = Set(try #require(try list.json.array).compactMap { $0.object?["file"]?.text })
                let images = try server.folders.snapshot().filter { $0.key.hasSuffix(".png") }
                #expect(acknowledged.keys.allSatisfy { listed.contains($0) })
                for (file, size) in acknowledged {
                    let stored = images[folders.uploads + file.dropFirst("uploads".count)]
                    #expect(stored == TestImage.png(ofSize: size))
                }
                // Those that were not acknowledged are whole too, and neither image nor record is without the other.
                #expect(images.values.allSatisfy { $0 == TestImage.png(ofSize: $0.count) && sizes.contains($0.count) })
                #expect(Set(listed.map { folders.uploads + $0.dropFirst("uploads".count) }) == Set(images.keys))
                #expect(try server.storedImages().allSatisfy { $0.hasSuffix(".png") })
            }
        }
    }

    /// As a kill leaves them: one image whose record is on disk, one without, and a file of somebody else's in the place of
    /// a third.
    @Test func aStartRemovesWhatNobodyWasToldOfAndNothingElse() async throws {
        try await TestFolders.with { folders in
            try await TestServer.run(folders: folders) { server in
                try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
                let images = folders.uploads + "/"
                for name in [Self.unrecorded, Self.others] { try folders.write("x", to: "images/" + name) }
                try ArrivalNote(folder: folders.data).add(
                    try [Self.recorded, Self.unrecorded, Self.others].map {
                        ArrivalNote.Entry(name: $0, number: try OpenFile(images + $0, O_RDONLY).number())
                    })
                // Another file takes the third's place while that is still there.
                try FileManager.default.moveItem(atPath: images + Self.others, toPath: folders.root + "/moved")
                try folders.write("of somebody else", to: "images/" + Self.others)
                try folders.write("x", to: "images/" + Self.unnoted)
                try FileManager.default.copyItem(
                    atPath: folders.data + "/journal-images", toPath: folders.root + "/note")
            }
            #expect(try folders.names(in: "data").filter { $0.hasPrefix("journal") }.isEmpty)
            try FileManager.default.moveItem(atPath: folders.root + "/note", toPath: folders.data + "/journal-images")
            let found = try await EvidenceReader(
                layout: StoreLayout(dataFolder: folders.data, uploadFolder: folders.uploads), keepsKey: true
            ).read { IndexCheck.orphans($0.state.uploads, images: $0.images, arrivals: $0.arrivals) }
            #expect(found.map(\.kind) == [.imageUnrecorded, .imageOrphaned, .imageOrphaned])
            try await TestServer.run(folders: folders) { server in
                let images = try server.storedImages()
                #expect(Set(images) == [Self.recorded, Self.others, Self.unnoted])
            }
        }
    }

    private static let recorded = "2026-03-02T08-00-00-000Z-screenshot.png"
    private static let unrecorded = "2026-03-02T08-00-01-000Z-a.png"
    private static let others = "2026-03-02T08-00-01-000Z-b.png"
    private static let unnoted = "2026-03-02T08-00-01-000Z-c.png"

    /// Its record may be lost to a disk later: the image must not go with it.
    @Test func whatIsSettledIsTakenOffTheNoteWithTheNextName() throws {
        let (data, images) = (try TemporaryFolder(), try TemporaryFolder())
        let note = ArrivalNote(folder: data.path)
        for name in [Self.recorded, Self.unrecorded] {
            let path = "\(images.path)/\(name)"
            try Data("x".utf8).write(to: URL(filePath: path))
            try note.add([ArrivalNote.Entry(name: name, number: try OpenFile(path, O_RDONLY).number())])
            note.settle(Self.recorded)
        }
        #expect(try ArrivalNote.images(in: images.path, notedIn: data.path) == [Self.unrecorded])
    }

    @Test func theNoteOfArrivalsStaysShort() throws {
        let folder = try TemporaryFolder()
        let note = ArrivalNote(folder: folder.path)
        for number in 0..<20_000 {
            let name = "2026-03-02T08-00-01-000Z-\(number).png"
            try note.add([ArrivalNote.Entry(name: name, number: UInt64(number))])
            if number != 7 { note.settle(name) }
        }
        let text = String(decoding: try folder.bytes(of: "journal-images"), as: UTF8.self)
        #expect(text.utf8.count < 300_000)
        #expect(text.contains("7 2026-03-02T08-00-01-000Z-7.png\n"))
        try note.end()
        #expect(try folder.names() == ["journal-images"])
        note.settle("2026-03-02T08-00-01-000Z-7.png")
        try note.end()
        #expect(try folder.names().isEmpty)
    }

    private let sizes = [100, 200_000, 700_000]

    /// The files that a server told of before it was killed, with their sizes.
    private func acknowledgedUploads(
        _ folders: TestFolders, killedAfter time: Duration
    ) async throws -> [String: Int] {
        let process = try ServerProcess(
            [], environment: ["PORT": "0", "DATA_DIR": folders.data, "UPLOAD_DIR": folders.uploads],
            folder: folders.root)
        let target = ProcessTarget(port: try await process.port())
        let eva = try await target.login("eva")
        let acknowledged = await withTaskGroup(of: [String: Int].self) { group in
            for size in sizes + sizes {
                group.addTask {
                    var files: [String: Int] = [:]
                    // Until the server is gone.
                    while let reply = try? await target.send(
                        "POST", APIPath.uploadScreenshot, as: eva, headers: ["Content-Type": TestForm.contentType],
                        body: TestForm.image(TestImage.png(ofSize: size)).body),
                        reply.status == 201, let file = try? reply[member: "file"]?.text
                    { files[file] = size }
                    return files
                }
            }
            try? await Task.sleep(for: time)
            process.signal(SIGKILL)
            return await group.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
        _ = try await process.result()
        return acknowledged
    }
}
