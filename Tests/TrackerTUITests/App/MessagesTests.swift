import Foundation
import Testing

@testable import TrackerTUI

struct MessagesTests {
    private var messages = Messages()
    /// Of three lines each, on a screen of two.
    private let layout = Messages.Layout(rows: { 2 }, lines: { _ in 3 })

    private mutating func show(_ count: Int) {
        for number in 0..<count { messages.show(LogEntry(at: Times.wallZero, note: .problem("\(number)"))) }
    }

    private mutating func places(_ lines: Int...) -> [Messages.Place?] {
        lines.map {
            messages.scroll(by: $0, layout)
            return messages.reading
        }
    }

    @Test mutating func upwardsItGoesLineByLineAndDownwardsTheSameWay() {
        show(2)
        #expect(
            places(1, 1, 1, 1, -1, -1, -1, -1, -1) == [
                .init(), .init(below: 1), .init(below: 2), .init(newer: 1), .init(below: 2), .init(below: 1), .init(),
                nil, nil,
            ])
    }

    @Test mutating func itEndsAtTheOldest() {
        show(2)
        messages.showOldest()
        #expect(messages.reading == .init(newer: 1))
        #expect(places(5, 1) == [.init(newer: 1, below: 2), .init(newer: 1, below: 2)])
        messages.showNewest()
        #expect(messages.reading == nil)
    }

    @Test mutating func whoReadsOlderOnesGoesOnReadingThemUntilTheyAreGone() {
        show(Messages.limit)
        messages.scroll(by: 4, layout)
        let place = messages.reading
        show(3)
        #expect(messages.reading == place.map { .init(newer: $0.newer + 3, below: $0.below) })
        show(Messages.limit)
        #expect(messages.entries.count == Messages.limit)
        #expect(messages.reading == .init(newer: Messages.limit - 1))
    }

    @Test mutating func aCaptureIsMarkedInItsOwnLine() {
        var entry = LogEntry(at: Times.wallZero, note: .captureFailed("No."))
        entry.capture = LastCapture.first.id
        messages.show(entry)
        show(1)
        let (isMarked, isOther) = (messages.markDelivered(LastCapture.first.id), messages.markDelivered(UUID()))
        #expect(isMarked && !isOther)
        #expect(messages.entries.map(\.isDelivered) == [true, false])
    }
}
