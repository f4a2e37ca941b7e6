import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Captures that are deleted, and what becomes of the hours.
struct CaptureDeletionTests {
    /// A server with the zone Berlin; `eva` has worked from 08:00 UTC on 2026-03-02 and beats each minute.
    private struct Office: Sendable {
        let server: TestServer
        let eva: Person
        let max: Person

        func work(minutes: Int, idle: Int = 0) async throws {
            for _ in 0..<minutes {
                server.clock.advance(seconds: 60)
                try await server.post(APIPath.workHeartbeat, #"{"idleDeltaSeconds":\#(idle)}"#, as: eva).expect(200)
            }
        }

        /// - Returns: the path of the image.
        func capture(key: String? = nil) async throws -> String {
            let reply = try await server.upload(
                .image(), as: eva, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
            try #require(reply.status == 201, "\(reply.text)")
            return "/" + (try #require(try reply[member: "file"]?.text))
        }

        /// `date minutes reason by` of each, the oldest first.
        func corrections() async throws -> [String] {
            let list = try await server.get(APIPath.workCorrections + "?from=2026-03-01&to=2026-03-04", as: max)
            return try #require(list.json.array).reversed().map {
                let correction = try Correction(json: $0)
                return "\(correction.date.iso8601) \(correction.minutes) \(correction.reason) \(correction.by)"
            }
        }

    }

    private func run(
        at start: String = "2026-03-02T08:00:00.000Z", interval: Int? = nil,
        _ body: @escaping @Sendable (Office) async throws -> Void
    ) async throws {
        try await TestServer.run(["TRACKER_TIME_ZONE": "Europe/Berlin"], at: start) { server in
            let office = Office(
                server: server, eva: try await server.employee("eva"), max: try await server.manager("max"))
            if let interval {
                let body = #"{"employeeId":"eva","intervalMinutes":\#(interval)}"#
                try await server.post(APIPath.captureInterval, body, as: office.max).expect(200)
            }
            try await server.post(APIPath.workStart, as: office.eva).expect(201)
            try await body(office)
        }
    }

    @Test func theImageItsRecordAndItsTimeGo() async throws {
        try await run(interval: 5) { office in
            try await office.work(minutes: 8)
            let first = try await office.capture()
            try await office.work(minutes: 5)
            let second = try await office.capture()
            // A small one may be kept.
            try await office.server.get(second + "?width=160", as: office.eva).expect(200)
            try await office.server.delete(second, as: office.eva).expect(204)
            try await office.server.get(second, as: office.eva).expectError(404, "not_found")
            try await office.server.delete(second, as: office.eva).expectError(404, "not_found")
            let images = try office.server.storedImages().filter { !$0.hasPrefix(".") }
            #expect(images.map { "/uploads/" + $0 } == [first])
            let index = try office.server.folders.text("images/index.json")
            #expect(!index.contains(second))
            let listed = try await office.server.get(APIPath.uploadsList, as: office.eva)
            #expect(try listed.json.array?.count == 1)
            #expect(try await office.corrections() == ["2026-03-02 -5 capture deleted eva"])
            try await office.server.get(first, as: office.max).expect(200)
            try await office.server.delete(first, as: office.max).expect(204)
            #expect(
                try await office.corrections() == [
                    "2026-03-02 -5 capture deleted eva", "2026-03-02 -5 capture deleted max",
                ])
            let me = try await office.server.get(APIPath.workMe, as: office.eva)
            #expect(me.text.contains(#""correctionSeconds":-600"#), "\(me.text)")
        }
    }

    /// The employee reads who did it; managers read in the audit that the employee has done it.
    @Test func itIsTold() async throws {
        try await run { office in
            let admin = try await office.server.admin()
            let paths = [try await office.capture(), try await office.capture()]
            try await office.server.delete(paths[0], as: office.eva).expect(204)
            try await office.server.delete(paths[1], as: office.max).expect(204)
            let told = { (path: String, person: Person) async throws -> [String] in
                let reply = try await office.server.get(path + "?what=capture_deleted", as: person)
                return (try reply.json.array ?? []).map { row in
                    ["who", "about"].map { row.object?[$0]?.text ?? "" }.joined(separator: " ") + " /"
                        + (row.object?["detail"]?.object?["file"]?.text ?? "")
                }
            }
            let byOwner = "eva eva \(paths[0])"
            let byManager = "max eva \(paths[1])"
            #expect(try await told(APIPath.audit, admin) == [byManager, byOwner])
            #expect(try await told(APIPath.auditMe, office.eva) == [byManager])
        }
    }

    // MARK: How much time

    /// How long the work went on before it, how long ago the capture before it was, the interval, and what goes.
    @Test(
        arguments: [
            // The interval is the most; without one, the longest is.
            (30, 25, 5, 5), (30, 25, nil, 20), (30, 25, 0, 20),
            // The one before it was nearer.
            (30, 3, 5, 3),
            // No more was worked, and three minutes stay.
            (7, 400, 20, 4),
        ] as [(Int, Int, Int?, Int)])
    func theTimeSinceTheCaptureBeforeIsTakenOff(worked: Int, since: Int, interval: Int?, goes: Int) async throws {
        try await run(interval: interval) { office in
            if since < worked {
                try await office.work(minutes: worked - since)
                _ = try await office.capture()
                try await office.work(minutes: since)
            } else {
                try await office.work(minutes: worked)
            }
            let path = try await office.capture()
            try await office.server.delete(path, as: office.eva).expect(204)
            #expect(try await office.corrections() == (goes == 0 ? [] : ["2026-03-02 -\(goes) capture deleted eva"]))
        }
    }

    @Test func twoOfOneInstantStandForOneTime() async throws {
        try await run(interval: 5) { office in
            try await office.work(minutes: 10)
            for path in [try await office.capture(), try await office.capture()] {
                try await office.server.delete(path, as: office.max).expect(204)
            }
            #expect(try await office.corrections() == ["2026-03-02 -5 capture deleted max"])
        }
    }

    /// In whatever order they go.
    @Test(arguments: [false, true]) func noTimeIsTakenOffTwice(isNewestFirst: Bool) async throws {
        try await run { office in
            try await office.work(minutes: 60)
            var paths: [String] = [try await office.capture()]
            for _ in 0..<6 {
                try await office.work(minutes: 5)
                paths.append(try await office.capture())
            }
            let wanted = isNewestFirst ? paths.dropFirst().reversed() : Array(paths.dropFirst())
            for path in wanted { try await office.server.delete(path, as: office.max).expect(204) }
            let five = "2026-03-02 -5 capture deleted max"
            #expect(try await office.corrections() == Array(repeating: five, count: 6))
        }
    }

    @Test func whatARevocationGaveBackStays() async throws {
        try await run(interval: 5) { office in
            try await office.work(minutes: 60)
            var paths: [String] = [try await office.capture()]
            for _ in 0..<2 {
                try await office.work(minutes: 1)
                paths.append(try await office.capture())
            }
            try await office.server.delete(paths[1], as: office.max).expect(204)
            let list = try await office.server.get(
                APIPath.workCorrections + "?from=2026-03-02&to=2026-03-02", as: office.max)
            let first = try Correction(json: try #require(list.json.array?.first))
            try await office.server.delete("\(APIPath.workCorrections)/\(first.id)", as: office.max).expect(204)
            try await office.server.delete(paths[2], as: office.max).expect(204)
            let one = "2026-03-02 -1 capture deleted max"
            #expect(try await office.corrections() == [one, one])
        }
    }

    @Test func whatIsSentOnceMoreAndDeletedOnceMoreTakesNothingMore() async throws {
        try await run { office in
            let key = "0b0e5a1e-3c1d-4d2e-8f7a-6b5c4d3e2f10"
            try await office.work(minutes: 60)
            for _ in 0..<2 {
                let path = try await office.capture(key: key)
                try await office.server.delete(path, as: office.eva).expect(204)
            }
            #expect(try await office.corrections() == ["2026-03-02 -20 capture deleted eva"])
        }
    }

    /// What follows the last heartbeat may turn out to be idle, or no work at all: hours never fall below nothing.
    @Test func whatNoHeartbeatHasToldIsNotTakenOff() async throws {
        try await run { office in
            office.server.clock.advance(seconds: 70)
            let path = try await office.capture()
            try await office.server.delete(path, as: office.eva).expect(204)
            #expect(try await office.corrections() == [])
            try await office.server.post(APIPath.workStop, #"{"idleDeltaSeconds":70}"#, as: office.eva).expect(200)
            let me = try await office.server.get(APIPath.workMe, as: office.eva)
            #expect(
                me.text.contains(#""netActiveSeconds":0"#) && me.text.contains(#""correctionSeconds":0"#), "\(me.text)")
        }
    }

    /// A client tells a pause when it has become long enough, and then of the time before the last heartbeat too.
    @Test func whatMayYetBeToldAsIdleIsNotTakenOff() async throws {
        try await run { office in
            try await office.work(minutes: 4)
            let path = try await office.capture()
            try await office.server.delete(path, as: office.eva).expect(204)
            #expect(try await office.corrections() == ["2026-03-02 -1 capture deleted eva"])
            for _ in 0..<180 / HeartbeatRequest.idleTolerance {
                let idle = #"{"idleDeltaSeconds":\#(HeartbeatRequest.idleTolerance)}"#
                try await office.server.post(APIPath.workHeartbeat, idle, as: office.eva).expect(200)
            }
            let me = try await office.server.get(APIPath.workMe, as: office.eva)
            #expect(
                me.text.contains(#""netActiveSeconds":60"#) && me.text.contains(#""correctionSeconds":-60"#),
                "\(me.text)")
        }
    }

    /// Nor from another session's.
    @Test func ofIdleTimeNothingIsTakenOff() async throws {
        try await run(interval: 5) { office in
            try await office.work(minutes: 60)
            try await office.server.post(APIPath.workStop, as: office.eva).expect(200)
            try await office.server.post(APIPath.workStart, as: office.eva).expect(201)
            try await office.work(minutes: 10, idle: 60)
            let path = try await office.capture()
            try await office.server.delete(path, as: office.max).expect(204)
            #expect(try await office.corrections() == [])
        }
    }

    @Test func theIDOfACorrectionSaysWhatItTakesOff() throws {
        let end = try #require(Timestamp(iso8601: "2026-03-02T09:00:00.250Z"))
        let day = try #require(CivilDate(iso8601: "2026-03-02"))
        let deduction = CaptureDeletion.Deduction(
            day: day, minutes: 5, span: end.adding(milliseconds: -299_500)..<end)
        let id = deduction.id([0, 1, 2, 3, 4, 5, 6, 255])
        #expect(UUID(uuidString: id)?.uuidString.lowercased() == id)
        #expect(id.hasSuffix("-812c-8001-0203040506ff"))
        let correction = { (id: String, reason: String) in
            Correction(id: id, employeeID: "eva", date: day, minutes: -5, reason: reason, by: "max", createdAt: end)
        }
        #expect(
            CaptureDeletion.span(of: correction(id, CaptureDeletion.reason))
                == end.adding(milliseconds: -300_000)..<end)
        for other in [
            correction(id, "x"), correction("c-1", CaptureDeletion.reason),
            correction("0b0e5a1e-3c1d-4d2e-8f7a-6b5c4d3e2f10", CaptureDeletion.reason),
        ] { #expect(CaptureDeletion.span(of: other) == nil) }
    }

    @Test(arguments: [(89, 1), (90, 2), (29, 0)])
    func minutesAreTheNearest(seconds: Int, goes: Int) async throws {
        try await run { office in
            office.server.clock.advance(seconds: seconds)
            try await office.server.post(APIPath.workHeartbeat, as: office.eva).expect(200)
            // The day has what is rounded up.
            let path = try await office.capture()
            try await office.work(minutes: 5)
            try await office.server.delete(path, as: office.eva).expect(204)
            #expect(try await office.corrections() == (goes == 0 ? [] : ["2026-03-02 -\(goes) capture deleted eva"]))
        }
    }

    @Test func noMoreGoesThanTheDayHas() async throws {
        try await run(interval: 5) { office in
            try await office.work(minutes: 5, idle: 40)
            let path = try await office.capture()
            try await office.server.post(APIPath.workStop, as: office.eva).expect(200)
            // 100 s are net; a minute of them is taken off.
            try await office.server.delete(path, as: office.eva).expect(204)
            #expect(try await office.corrections() == ["2026-03-02 -1 capture deleted eva"])
        }
    }

    @Test func betweenTwoDaysEachLosesItsPart() async throws {
        try await run(at: "2026-03-02T22:30:00.000Z", interval: 10) { office in
            try await office.work(minutes: 33)
            let path = try await office.capture()
            try await office.server.post(APIPath.workStop, as: office.eva).expect(200)
            try await office.server.delete(path, as: office.eva).expect(204)
            #expect(
                try await office.corrections().sorted() == [
                    "2026-03-02 -7 capture deleted eva", "2026-03-03 -3 capture deleted eva",
                ])
        }
    }

    // MARK: Who may

    @Test func employeesMayForADayAndManagersAlways() async throws {
        try await run { office in
            let bob = try await office.server.employee("bob")
            let (path, other) = (try await office.capture(), try await office.capture())
            try await office.server.delete(path, as: bob).expectError(404, "not_found")
            office.server.clock.advance(seconds: 24 * 3600)
            let eva = try await office.server.login("eva")
            try await office.server.delete(path, as: eva).expect(204)
            office.server.clock.advance(seconds: 1)
            let refused = try await office.server.delete(other, as: eva)
            try refused.expectError(403, "forbidden")
            #expect(refused.text.contains("24 hours"))
            office.server.clock.advance(seconds: 40 * 24 * 3600)
            try await office.server.delete(other, as: try await office.server.login("max")).expect(204)
            #expect(try office.server.storedImages() == [])
        }
    }

    @Test(arguments: ["index.json", "a.png", ".", "..", "%2e%2e%2fdata%2fusers.json"])
    func whatIsNoCaptureIsNotFound(name: String) async throws {
        try await run { office in
            try await office.server.delete("/uploads/" + name, as: office.max).expectError(404, "not_found")
        }
    }

    /// What is sent again after that is another capture.
    @Test func itsKeyIsFree() async throws {
        try await run { office in
            let key = "0b0e5a1e-3c1d-4d2e-8f7a-6b5c4d3e2f10"
            let path = try await office.capture(key: key)
            try await office.server.delete(path, as: office.eva).expect(204)
            office.server.clock.advance(seconds: 1)
            _ = try await office.capture(key: key)
        }
    }

    // MARK: When it goes wrong

    /// Killed between the record and the image, the next start has neither; before the record, both.
    @Test(arguments: [true, false]) func aKillLeavesNoImageWithoutItsRecord(isRecordGone: Bool) async throws {
        try await TestFolders.with { folders in
            try await TestServer.run(folders: folders) { server in
                let reply = try await server.upload(.image(), as: try await server.employee("eva"))
                let file = try #require(try reply[member: "file"]?.text)
                let images = server.environment.images
                try await images.announceRemoval(of: String(file.dropFirst("uploads/".count)))
                if isRecordGone {
                    try await server.environment.store.transact { $0.record(.imagesRemoved([file])) }
                }
                try FileManager.default.copyItem(
                    atPath: folders.data + "/journal-images", toPath: folders.root + "/note")
            }
            try? FileManager.default.removeItem(atPath: folders.data + "/journal-images")
            try FileManager.default.moveItem(atPath: folders.root + "/note", toPath: folders.data + "/journal-images")
            try await TestServer.run(folders: folders) { server in
                let images = try server.storedImages()
                #expect(images.count == (isRecordGone ? 0 : 1))
            }
        }
    }
}
