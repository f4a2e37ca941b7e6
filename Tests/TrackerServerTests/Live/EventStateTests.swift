import NIOCore
import Shared
import Testing

@testable import TrackerServer

@Suite struct EventStateTests {
    private let time = SampleChanges.time
    private var state = EventState(open: [])

    private func text(_ parts: [ByteBuffer]) -> String { parts.map { String(buffer: $0) }.joined() }

    private mutating func next(_ id: EventState.ReaderID, held: Int = 0) -> String? {
        switch state.next(for: id, held: held) {
        case .parts(let parts): text(parts)
        case .nothing: ""
        case .end: nil
        }
    }

    private static func organization(_ name: String) -> OfficeEvent { .organization(name: name, createdAt: nil) }

    private static let large = organization(String(repeating: "x", count: 100_000))

    @Test mutating func aReaderGetsWhatIsToldFromThereOn() {
        _ = state.tell([Self.organization("before")])
        let (id, hello) = state.enter(at: time)
        #expect(
            text([hello]) == """
                id: 2
                event: hello
                data: {"presence":[],"tracking":[],"at":"2026-03-02T08:00:00.123Z"}


                """)
        let nothing = next(id)
        #expect(nothing == "")
        _ = state.tell([Self.organization("a\nb\u{2028}"), .presence(userID: "mira", isOnline: true)])
        let events = next(id)
        #expect(
            events == """
                id: 3
                event: organization
                data: {"name":"a\\nb\u{2028}","createdAt":null}

                id: 4
                event: presence
                data: {"userId":"mira","online":true}


                """)
        #expect(state.isUpToDate(id))
        _ = state.keepAwake()
        let comment = next(id)
        #expect(comment == ":\n\n")
    }

    @Test mutating func helloIsWhatAllEventsAddUpTo() {
        var open = SampleChanges.session("tom", at: time)
        state = EventState(open: [open, SampleChanges.session("ada", at: time)])
        _ = state.tell([
            .presence(userID: "tom", isOnline: true), .presence(userID: "mira", isOnline: true),
            .presence(userID: "tom", isOnline: false), .presence(userID: "ada", isOnline: true),
            .session(SampleChanges.session("mira", at: time)),
            .session(SampleChanges.session("eva", at: time, end: time.adding(seconds: 60))),
        ])
        open.isActive = false
        _ = state.tell([.session(open)])
        let hello = text([state.enter(at: time).hello])
        #expect(hello.contains(#"{"presence":["ada","mira"],"tracking":["ada","mira"],"#))
    }

    @Test mutating func eachEventIsKeptOnceUntilTheSlowestHasIt() {
        let (fast, _) = state.enter(at: time)
        let (slow, _) = state.enter(at: time)
        _ = state.tell([Self.large])
        let one = state.size
        for id in [fast, slow] {
            let part = next(id)
            #expect(part?.utf8.count == one)
        }
        // Given is not taken.
        _ = state.tell([Self.organization("a")])
        #expect(state.size > one)
        let rest = next(fast)
        #expect(rest?.contains("\"a\"") == true)
        _ = state.leave(slow)
        let nothing = next(fast)
        #expect(nothing == "")
        _ = state.tell([])
        #expect(state.size == 0)
    }

    @Test mutating func portionsAreSmallAndEventsAreWhole() {
        let (id, _) = state.enter(at: time)
        _ = state.tell((0..<1000).map { Self.organization("number \($0)") })
        var all = ""
        while let part = next(id), !part.isEmpty {
            #expect(part.utf8.count < EventState.portion + 100)
            #expect(part.hasPrefix("id: ") && part.hasSuffix("}\n\n"))
            all += part
        }
        #expect(all.matches(of: /number (\d+)/).map { Int($0.1) } == Array(0..<1000))
    }

    @Test mutating func whoIsTooFarBehindIsCutOff() {
        let (stuck, _) = state.enter(at: time)
        let (good, _) = state.enter(at: time)
        var told = 0
        var cut: [EventState.ReaderID] = []
        while cut.isEmpty, told < 20 {
            // It is given something once, and never asks for more.
            if told == 1 { _ = state.next(for: stuck, held: 0) }
            cut = state.tell([Self.large])
            told += 1
            while let part = next(good), !part.isEmpty {}
        }
        #expect(cut == [stuck])
        #expect(told == 10, "ten are more than a million bytes")
        let end = next(stuck)
        #expect(end == nil)
        _ = state.tell([])
        #expect(state.size == 0)
        #expect(state.count == 1)
    }

    @Test mutating func whatTheConnectionHoldsCounts() {
        let (id, _) = state.enter(at: time)
        _ = state.next(for: id, held: EventState.limit - 50_000)
        let cut = state.tell([Self.large])
        #expect(cut == [id])
        // A comment is one more thing that waits.
        let (other, _) = state.enter(at: time)
        _ = state.next(for: other, held: EventState.limit)
        let awake = state.keepAwake()
        #expect(awake == [other])
    }

    @Test mutating func withoutReadersNothingIsKept() {
        _ = state.tell([Self.large])
        _ = state.keepAwake()
        #expect(state.size == 0)
        let (id, _) = state.enter(at: time)
        _ = state.tell([Self.large])
        #expect(state.size > 0)
        let wasOne = state.leave(id)
        #expect(wasOne)
        let isOne = state.leave(id)
        #expect(!isOne)
        #expect(state.size == 0)
    }
}
