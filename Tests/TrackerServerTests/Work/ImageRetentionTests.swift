import Files
import Foundation
import JSON
import Logging
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct ImageRetentionTests {
    private static let key = "0b1f8f5e-9d7a-4c7e-8f7a-1d2c3b4a5968"
    private let log = CollectedLog()

    private func retention(_ server: TestServer, days: Int = 30) -> ImageRetention {
        ImageRetention(RetentionRule(days: days), environment: server.environment, logger: log.logger, pause: .zero)
    }

    @Test func anImageIsOldOnceItIsOlderThanTheDays() {
        let now = SampleChanges.time
        let limit = RetentionRule(days: 30).oldestKept(at: now)
        #expect(now - limit == 30 * 86_400_000)
        #expect(now - RetentionRule(days: 30).oldestKeptWithoutRecord(at: now) == 23 * 86_400_000)
        #expect(RetentionRule(days: 36_500).oldestKept(at: now) < now)
    }

    @Test(arguments: [
        "index.json", ".lock", "2020-01-01.png", "2020-01-01T00-00-00-000Z-", "2020-01-01T00-00-00-000Z-a.txt",
        "2020-01-01T00-00-00-000Z-a.png.edited", "2020-01-01T00:00:00.000Z-a.png", "2020-13-01T00-00-00-000Z-a.png",
        "2020-01-01T00-00-00-000Z-a b.png", "x2020-01-01T00-00-00-000Z-a.png", "2020-01-01T00-00-00-000Z-é.png",
        "2020-01-01T00-00-00-000Z.png", "2020-01-01T00-00-00-000Z-.png",
    ])
    func imagesWithOtherNamesAreNotTheServersOwn(name: String) {
        let images = UnindexedImages()
        images.add(name)
        #expect(images.take(before: .latest) == [])
    }

    @Test func anImageWithoutARecordIsTakenOnce() {
        let names = (1...3).map { "2026-03-0\($0)T08-00-00-000Z-" + ($0 == 2 ? Self.key : "\($0)") + ".png" }
        let images = UnindexedImages()
        for name in names.reversed() { images.add(name) }
        #expect(images.take(key: Self.key) == names[1])
        #expect(images.take(key: Self.key) == nil)
        let third = Timestamp(iso8601: "2026-03-03T08:00:00Z") ?? .earliest
        #expect(images.take(before: third) == [names[0]])
        images.add(names[1])
        #expect(images.take(before: third.adding(milliseconds: 1)) == [names[1], names[2]])
        #expect(images.take(key: Self.key) == nil)
        #expect(images.take(before: .latest) == [])
    }

    @Test func whatIsTooOldGoesWithItsRecordsAndNothingElse() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.upload(.image(), as: eva).expect(201)
            server.clock.advance(seconds: 20 * 86_400)
            let kept = try await server.upload(.image(), as: try await server.login("eva"))
            for name in ["notes.txt", "2020-01-01.png", "2026-02-01T08-00-00-000Z-by-hand.txt"] {
                try server.folders.write("x", to: "images/" + name)
            }
            server.clock.advance(seconds: 10 * 86_400)
            try await retention(server).removeOldImages()
            #expect(server.environment.store.peek { $0.uploads.count } == 2)
            server.clock.advance(seconds: 1)
            try await retention(server).removeOldImages()
            let name = try #require(kept[member: "file"]?.text).replacing("uploads/", with: "")
            #expect(server.environment.store.peek { $0.allUploads.map(\.name) } == [name])
            #expect(
                Set(try server.storedImages()) == [
                    name, "notes.txt", "2020-01-01.png", "2026-02-01T08-00-00-000Z-by-hand.txt",
                ])
            #expect(try !server.folders.text("images/index.json").contains("2026-03-02T08-00-00"))
            #expect(log.lines(.info).map(\.metadata) == ["images=0", "images=1"])
        }
    }

    @Test func manyGoInTurns() async throws {
        try await TestServer.run { server in
            let store = server.environment.store
            let old = server.clock.now
            try await store.transact { transaction in
                for number in 0..<(2 * ImageRetention.turn + 7) {
                    let name = UploadName.make(at: old.adding(milliseconds: Int64(number)), clientPart: "a.png")
                    transaction.record(
                        .imageStored(UploadRecord(file: "uploads/" + name, employeeID: "eva", ts: old)))
                }
            }
            try server.folders.write("x", to: "images/" + UploadName.make(at: old, clientPart: "a.png"))
            server.clock.advance(seconds: 31 * 86_400)
            try await retention(server).removeOldImages()
            #expect(store.peek { $0.uploads.count } == 0)
            #expect(try server.storedImages() == [])
            #expect(log.lines(.info).map(\.metadata) == ["images=\(2 * ImageRetention.turn + 7)"])
        }
    }

    /// The record goes by the capture's time, and the name has the upload's.
    @Test func anImageThatWasUploadedLateGoesAfterACrash() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            _ = try await server.employee("eva")
            server.clock.advance(seconds: 5 * 86_400)
            let form = TestForm.image().field(UploadField.capturedAt, "2026-03-02T08:00:00Z")
            try await server.upload(form, as: try await server.login("eva")).expect(201)
            server.clock.advance(seconds: 25 * 86_400 + 1)
            // Here the server is killed: the record is gone, and the image is not.
            try await server.environment.store.transact { transaction in
                transaction.record(.imagesRemoved(transaction.state.uploads.oldest(1, before: .latest).map(\.file)))
            }
            #expect(try server.storedImages().count == 1)
        }
        try await TestServer.run(at: "2026-04-01T09:00:00.000Z", folders: folders) { server in
            try await retention(server).removeOldImages()
            #expect(try server.storedImages() == [])
            #expect(log.lines(.info).map(\.metadata) == ["images=1"])
        }
        let found = try await EvidenceReader(
            layout: StoreLayout(dataFolder: folders.data, uploadFolder: folders.uploads), keepsKey: true
        ).read { IndexCheck.orphans($0.state.uploads, images: $0.images) }
        #expect(found == [])
    }

    @Test func whatCantBeRemovedIsTriedAgain() async throws {
        try await TestServer.run { server in
            try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
            let path = server.folders.uploads + "/" + (try #require(try server.storedImages().first))
            // What is no file can't be removed like one.
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            server.clock.advance(seconds: 31 * 86_400)
            let retention = retention(server)
            try await retention.removeOldImages()
            #expect(server.environment.store.peek { $0.uploads.count } == 0)
            try await retention.removeOldImages()
            #expect(try server.storedImages().count == 1)
            try FileManager.default.removeItem(atPath: path)
            try Data("an image".utf8).write(to: URL(fileURLWithPath: path))
            try await retention.removeOldImages()
            #expect(try server.storedImages() == [])
            #expect(log.lines(.info).map(\.metadata) == ["images=0", "images=0", "images=1"])
        }
    }

    @Test func anImageWithoutARecordThatAgesWhileTheServerRunsGoes() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let other = "2026-03-02T08-00-00-000Z-a.png"
        let taken = "2026-03-02T08-00-00-000Z-\(Self.key).png"
        try folders.write("[]", to: "images/index.json")
        try folders.write("x", to: "images/" + other)
        try Data(TestImage.png).write(to: URL(fileURLWithPath: folders.uploads + "/" + taken))
        try await TestServer.run(at: "2026-03-03T08:00:00.000Z", folders: folders) { server in
            let retention = retention(server)
            try await retention.removeOldImages()
            #expect(try server.storedImages() == [taken, other])
            let eva = try await server.employee("eva")
            try await server.upload(.image(), as: eva, headers: ["Idempotency-Key": Self.key]).expect(201)
            #expect(try server.storedImages() == [taken, other])
            server.clock.advance(seconds: 22 * 86_400 + 1)
            try await retention.removeOldImages()
            #expect(try server.storedImages() == [taken])
            server.clock.advance(seconds: 8 * 86_400)
            try await retention.removeOldImages()
            #expect(try server.storedImages() == [])
        }
    }

    /// As a crash between the record and the image leaves it. Young ones stay: their upload may be repeated.
    @Test func anImageWithoutARecordGoesAfterTheNextStart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let young = "2026-04-01T08-00-00-000Z-\(Self.key).png"
        try await TestServer.run(folders: folders) { server in
            for name in ["2026-03-02T08-00-00-000Z-\(Self.key).png", "2026-03-02T08-00-00-000Z-a.jpg", young] {
                try folders.write("x", to: "images/" + name)
            }
        }
        // Without the setting nothing goes.
        try await TestServer.run(at: "2026-04-02T08:00:00.000Z", folders: folders) { server in
            let images = try server.storedImages()
            #expect(images.count == 3)
        }
        try await TestServer.run(at: "2026-04-02T08:00:00.000Z", folders: folders) { server in
            try await retention(server).removeOldImages()
            #expect(try server.storedImages() == [young])
        }
    }

    @Test func theServerRunsItAtItsStart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
        }
        let settings = ["RETENTION_DAYS": "1"]
        try await TestServer.run(settings, at: "2026-03-03T08:00:01.000Z", folders: folders) { server in
            let start = ContinuousClock.now
            while try !server.storedImages().isEmpty, ContinuousClock.now - start < .seconds(20) {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try server.storedImages() == [])
            #expect(server.environment.store.peek { $0.uploads.count } == 0)
        }
    }

    @Test func aRepeatedUploadWhoseImageWentIsNew() async throws {
        try await TestServer.run { server in
            let header = ["Idempotency-Key": Self.key]
            try await server.upload(.image(), as: try await server.employee("eva"), headers: header).expect(201)
            server.clock.advance(seconds: 31 * 86_400)
            try await retention(server).removeOldImages()
            let eva = try await server.login("eva")
            try await server.upload(.image(TestImage.jpeg), as: eva, headers: header).expect(201)
            try await server.upload(.image(TestImage.jpeg), as: eva, headers: header).expect(200)
            #expect(try server.storedImages() == ["2026-04-02T08-00-00-000Z-\(Self.key).jpg"])
        }
    }

    /// A record that others wrote leads to no file but an image of the folder.
    @Test func noRecordLeadsOutOfTheFolder() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let files = [
            "uploads/../data/users.json", "uploads/../outside.png", "uploads/index.json", "uploads/.hidden.png",
            "x.png",
        ]
        let records = files.map {
            #"{"file":"\#($0)","employeeId":"eva","ts":"2020-01-01T00:00:00.000Z"}"#
        }
        try folders.write("[\(records.joined(separator: ","))]", to: "images/index.json")
        for name in ["outside.png", "images/.hidden.png", "images/x.png"] { try folders.write("x", to: name) }
        try await TestServer.run(folders: folders) { server in
            try await retention(server).removeOldImages()
            #expect(server.environment.store.peek { $0.uploads.count } == 0)
        }
        for name in ["data/users.json", "images/index.json", "outside.png", "images/.hidden.png", "images/x.png"] {
            #expect(FileManager.default.fileExists(atPath: folders.root + "/" + name))
        }
    }

    /// The clock leaps by years while no server runs: nothing goes, however often it is started, until somebody says so.
    @Test func aClockThatLeaptRemovesNothingUntilItIsConfirmed() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
            try await retention(server).removeOldImages()
            #expect(try folders.text("data/.retention").contains("\"at\": \"2026-03-02T08:00:00.000Z\""))
        }
        for _ in 0..<2 {
            try await TestServer.run(at: "2029-03-02T08:00:00.000Z", folders: folders) { server in
                let retention = retention(server)
                try await retention.removeOldImages()
                server.clock.advance(seconds: 23 * 3600)
                try await retention.removeOldImages()
                #expect(try server.storedImages().count == 1)
            }
        }
        let warning = try #require(log.lines(.warning).first)
        #expect(warning.text.contains("--confirm-retention"))
        #expect(warning.metadata.contains("images=1"))
        #expect(warning.metadata.contains("last=2026-03-02T08:00:00.000Z"))
        try await TestServer.run(at: "2029-03-02T08:00:00.000Z", folders: folders) { server in
            try await ImageRetention(
                RetentionRule(days: 30), environment: server.environment, logger: log.logger, isConfirmed: true,
                pause: .zero
            ).removeOldImages()
            #expect(try server.storedImages().isEmpty)
        }
    }

    /// A machine that is switched off every night never runs for a day; after holidays it is to go on all the same.
    @Test func aTurnThatWouldRemoveNothingIsOne() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
            try await retention(server).removeOldImages()
        }
        for (time, images) in [("2026-03-30T08:00:00.000Z", 1), ("2026-04-02T08:00:00.000Z", 0)] {
            try await TestServer.run(at: time, folders: folders) { server in
                try await retention(server).removeOldImages()
                #expect(try server.storedImages().count == images)
                #expect(try folders.text("data/.retention").contains("\"at\": \"\(time)\""))
            }
        }
        #expect(log.lines(.warning) == [])
    }

    /// An image without a record is one that would go, too.
    @Test func anImageWithoutARecordIsHeldBackAsWell() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            try await retention(server).removeOldImages()
            try folders.write("x", to: "images/2026-03-02T08-00-00-000Z-\(Self.key).png")
        }
        try await TestServer.run(at: "2029-03-02T08:00:00.000Z", folders: folders) { server in
            try await retention(server).removeOldImages()
            #expect(try server.storedImages().count == 1)
            #expect(log.lines(.warning).map(\.metadata).first?.contains("images=1") == true)
        }
    }

    @Test func aClockThatIsLeftAloneForADayIsBelieved() async throws {
        try await TestServer.run { server in
            let retention = retention(server)
            try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
            try await retention.removeOldImages()
            server.clock.leap(seconds: 3 * 365 * 86_400)
            try await retention.removeOldImages()
            server.clock.advance(seconds: 86_399)
            try await retention.removeOldImages()
            #expect(try server.storedImages().count == 1)
            server.clock.advance(seconds: 1)
            try await retention.removeOldImages()
            #expect(try server.storedImages().isEmpty)
        }
    }

    @Test func aNoteThatCantBeReadHoldsEverythingBack() async throws {
        try await TestServer.run { server in
            try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
            try server.folders.write("{", to: "data/.retention")
            server.clock.advance(seconds: 31 * 86_400)
            server.clock.leap(seconds: 60)
            try await retention(server).removeOldImages()
            #expect(try server.storedImages().count == 1)
            let folder = server.environment.store.layout
            let found = try await EvidenceReader(layout: folder, keepsKey: true).read { FileCheck.retention($0) }
            #expect(found.map(\.kind) == [.retentionNoteDamaged])
        }
    }

    // Mounting a small file system needs root, which the build machine is.
    @Test(.enabled(if: getuid() == 0)) func onAFullDiskNothingIsHalfDone() async throws {
        let disk = try SmallDisk(megabytes: 2)
        defer { disk.unmount() }
        let settings = ["DATA_DIR": disk.path + "/data", "UPLOAD_DIR": disk.path + "/images"]
        let time = StoreTime()
        try await TestServer.run(settings, storeClock: time.clock) { server in
            try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
            server.clock.advance(seconds: 31 * 86_400)
            let retention = retention(server)
            let images = { try Folder.files(in: disk.path + "/images").map(\.name).filter { $0.hasSuffix(".png") } }
            try disk.fill()
            // The disk is believed to be as it was seen last for so long.
            time.pass(JSONFileStore.diskCheckLifetime)
            await #expect(throws: StoreError.full) { try await retention.removeOldImages() }
            #expect(try images().count == 1)
            #expect(server.environment.store.peek { $0.uploads.count } == 1)
            try disk.makeRoom()
            try await retention.removeOldImages()
            #expect(try images() == [])
            #expect(server.environment.store.peek { $0.uploads.count } == 0)
        }
    }
}
