import Foundation
import JSON
import Shared
import Testing

@testable import TrackerTUI

struct LooksTests {
    private static func row(
        _ number: Int, _ what: AuditKind = .imageViewed, at seconds: Double = 0, who: String? = "boss@example.com",
        about: String = "eve@example.com",
        _ detail: KeyValuePairs<JSONString, JSONValue> = ["ts": .string("2026-03-02T07:55:00.000Z")]
    ) -> AuditRow {
        AuditRow(
            number: number, at: Times.wallZero.adding(milliseconds: Int64(seconds * 1000)), who: who,
            what: what.rawValue, about: about, detail: JSONValue.object(detail).object)
    }

    private static func words(_ row: AuditRow) -> String {
        Looks.words(for: row) { String(LocalTime(zone: .gmt).clock($0).prefix(5)) }
    }

    @Test func theNewestAreKeptInWhateverOrderTheyCome() {
        var looks = Looks()
        looks.take([Self.row(5), Self.row(3)])
        looks.take([Self.row(4), Self.row(5), Self.row(9, .intervalAssigned, [:])])
        looks.take([Self.row(6)])
        #expect(looks.newest(at: Times.wallZero).map(\.number) == [6, 5, 4])
        #expect(looks.newest(at: Times.wallZero.adding(milliseconds: Looks.lifetime)).isEmpty)
    }

    @Test func whatWasDoneIsSaidInWords() {
        let days: KeyValuePairs<JSONString, JSONValue> = [
            "from": .string("2026-03-01"), "to": .string("2026-03-02"), "number": .number(12),
        ]
        for (row, expected) in [
            (Self.row(1), "boss@example.com viewed your capture of 07:55"),
            (Self.row(1, .imageViewed, [:]), "boss@example.com viewed a capture of yours"),
            (
                Self.row(1, .thumbnailsViewed, days),
                "boss@example.com looked at 12 captures of 2026-03-01 to 2026-03-02 in small"
            ),
            (Self.row(1, .liveBegun, [:]), "boss@example.com began to watch your screen live"),
            (
                Self.row(1, .liveEnded, ["since": .string("2026-03-02T07:30:00.000Z")]),
                "boss@example.com watched your screen live from 07:30 to 08:00"
            ),
            (
                Self.row(1, .intervalAssigned, ["intervalSeconds": .number(300)]),
                "boss@example.com set your capture interval to 5 minutes"
            ),
            (
                Self.row(1, .correctionMade, ["date": .string("2026-03-02"), "minutes": .number(-30)]),
                "boss@example.com corrected your hours of 2026-03-02 by -00:30:00"
            ),
            (Self.row(1, .captureDeleted), "boss@example.com deleted your capture of 07:55"),
            (Self.row(1, .exported, who: nil), "somebody: exported"),
        ] {
            #expect(Self.words(row) == expected)
        }
    }

    @Test func whatAServerSaysReachesTheScreenWithoutControlCharacters() {
        let words = Self.words(
            Self.row(1, .thumbnailsViewed, who: "\u{1B}[2Jboss\u{9B}\n", ["from": .string("\u{1B}]0;x\u{7}")]))
        #expect(!words.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        #expect(Self.words(Self.row(1, .correctionMade, ["minutes": .number(Int.min)])).contains("+00:00:00"))
    }

    @Test func theStatusScreenShowsWhoLooked() {
        for (width, expected) in [
            (80, " Looked         08:00 boss@example.com viewed your capture of 07:55"),
            (40, " Looked 08:00 boss@example.com viewed ..."),
        ] {
            var scene = Scene.tracking(width: width, height: width == 80 ? 24 : 12)
            #expect(!scene.lines.contains { $0.hasPrefix(" Looked") })
            scene.on(.live(.looked(Self.row(7)), link: scene.model.link.generation), at: 1)
            let line = scene.lines.first { $0.hasPrefix(" Looked") }
            #expect(line?.hasPrefix(String(expected.prefix(36))) == true, "\(scene.lines.joined(separator: "\n"))")
        }
    }

    @Test func looksOfOthersAndOfTheLastLoginAreNotShown() {
        var scene = Scene.tracking()
        scene.on(
            .live(.looked(Self.row(7, about: "adam@example.com")), link: scene.model.link.generation), at: 1)
        #expect(scene.model.looks == Looks())
        scene.on(.looksAnswered(.success(AuditPage(rows: [Self.row(7)])), link: scene.model.link.generation), at: 1)
        #expect(scene.model.looks.newest(at: scene.model.now.wall).count == 1)
        let old = scene.model.link.generation
        scene.model.closeLive()
        #expect(scene.model.looks == Looks())
        scene.on(.looksAnswered(.success(AuditPage(rows: [Self.row(7)])), link: old), at: 2)
        #expect(scene.model.looks == Looks())
    }

    @Test func theServerIsAskedWhenTheConnectionComesUp() throws {
        var scene = Scene.tracking()
        let account = try #require(scene.model.account)
        let link = scene.model.link.generation
        let effects = scene.on(.live(.connected, link: link), at: 1)
        #expect(effects.contains(.askWhoLooked(account, link: link)))
    }
}
