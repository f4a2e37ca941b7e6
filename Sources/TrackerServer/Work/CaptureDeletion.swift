import Foundation
import Shared

/// What becomes of the hours when a capture is deleted: nobody can see any more what was done then. Pure.
enum CaptureDeletion {
    /// Of the correction.
    static let reason = "capture deleted"
    /// How long after a capture the employee may delete it, in milliseconds; managers may always.
    static let ownersTime: Int64 = 24 * 3_600_000
    static let ownersRule = "You can delete a capture within 24 hours; after that only a manager can."

    static func mayBeByOwner(_ record: UploadRecord, at now: Timestamp) -> Bool { now - record.ts <= ownersTime }

    /// Minutes that are taken off a day, and the time that they stand for.
    struct Deduction: Sendable, Hashable {
        let day: CivilDate
        let minutes: Int
        let span: Range<Timestamp>

        /// The id of its correction, which says what time it takes off, so that none is taken off twice: a UUID of version 8
        /// (RFC 9562, section 5.8) of 48 bits for the end in milliseconds since 1970, 12 for the length in seconds, rounded
        /// up, and random ones.
        /// - Parameter random: 8 bytes.
        func id(_ random: [UInt8]) -> String {
            let end = UInt64(clamping: span.upperBound.milliseconds)
            let length = min((span.upperBound - span.lowerBound + 999) / 1000, 0xFFF)
            let high = end << 16 | 0x8000 | UInt64(clamping: length)
            let low = random.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63
            let digits = [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
            }
            .hexadecimal
            var text = Substring(digits)
            return [8, 4, 4, 4, 12].map { count in
                defer { text = text.dropFirst(count) }
                return String(text.prefix(count))
            }.joined(separator: "-")
        }
    }

    /// The time that a correction takes off; nil when it is none of a capture that was deleted.
    static func span(of correction: Correction) -> Range<Timestamp>? {
        let digits = correction.id.utf8.filter { $0 != UInt8(ascii: "-") }
        guard correction.reason == reason, digits.count == 32, digits[12] == UInt8(ascii: "8"),
            let end = Int64(String(decoding: digits[..<12], as: UTF8.self), radix: 16),
            let length = Int64(String(decoding: digits[13..<16], as: UTF8.self), radix: 16)
        else { return nil }
        let upper = Timestamp(milliseconds: end)
        return upper.adding(milliseconds: -length * 1000)..<upper
    }
}

extension WorkReport {
    /// What is taken off the hours with a capture: the net time since the one before it, at most an interval, as far as it was
    /// not taken off with another one, and the day's hours with their corrections will still have it when a live session's
    /// client has told the pause that it may owe. In whole minutes, the nearest, as corrections are; where it passes midnight,
    /// on both days.
    func deductions(
        for record: UploadRecord, _ state: borrowing TrackerState
    ) -> [CaptureDeletion.Deduction] {
        let employee = AccountID(stored: record.employeeID)
        let span = span(of: record, of: employee, state)
        guard !span.isEmpty else { return [] }
        let days = DayRange(from: rules.calendar.day(of: span.lowerBound), to: rules.calendar.day(of: span.upperBound))
        // What a revocation has given back stays given.
        let taken = state.corrections.about(employee, in: days).compactMap(CaptureDeletion.span)
        let sessions = state.sessions.sessions(of: employee, in: span).map { $0.asHeard() }
        let starts = [span.lowerBound] + rules.calendar.midnights(after: span.lowerBound, through: span.upperBound)
        return zip(starts, starts.dropFirst() + [span.upperBound]).compactMap { from, to in
            let day = rules.calendar.day(of: from)
            let seconds = (from..<to).without(taken).reduce(0) { sum, free in
                sum + sessions.compactMap { part(of: $0, in: free) }.totals.netActiveSeconds
            }
            let left = correctedSeconds(of: employee, on: day, state) { $0.asHeard(owing: IdleMeter.usualThreshold) }
            let minutes = min((seconds + 30) / 60, max(0, left) / 60)
            return minutes > 0 ? CaptureDeletion.Deduction(day: day, minutes: minutes, span: from..<to) : nil
        }
    }

    /// The time that the capture stands for.
    private func span(
        of record: UploadRecord, of employee: AccountID, _ state: borrowing TrackerState
    ) -> Range<Timestamp> {
        let before = state.uploads.newest(
            of: employee, in: Timestamp(milliseconds: .min)..<record.ts.adding(milliseconds: 1),
            after: PageCursor(record), limit: 1
        ).first?.ts
        // Where none is assigned now, one was when it was captured.
        let assigned = state.interval(of: employee) ?? CaptureInterval.hoursOnly
        let interval = assigned == CaptureInterval.hoursOnly ? CaptureInterval.minutes.upperBound * 60 : assigned
        let earliest = record.ts.adding(milliseconds: -Int64(interval) * 1000)
        return max(earliest, before ?? earliest)..<record.ts
    }

    /// A day's net time with its corrections.
    /// - Parameter view: how each session is to be seen.
    func correctedSeconds(
        of employee: AccountID, on day: CivilDate, _ state: borrowing TrackerState,
        as view: (WorkSession) -> WorkSession = { $0 }
    ) -> Int {
        let days = DayRange(from: day, to: day)
        let sessions = state.sessions.sessions(of: employee, in: rules.calendar.span(of: day)).map(view)
        let net = parts(of: sessions, on: day).totals.netActiveSeconds
        return state.corrections.counting(of: employee, in: days).reduce(net) { $0 + $1.seconds }
    }
}

extension WorkSession {
    /// As if it had ended when it was heard of last: what comes after may turn out to be idle, or not worked at all.
    /// - Parameter pause: seconds before that which may still be told as idle.
    fileprivate func asHeard(owing pause: Int = 0) -> WorkSession {
        guard endedAt == nil else { return self }
        var session = self
        session.endedAt = max(startedAt, lastHeartbeatAt)
        session.isActive = false
        session.idleSeconds += Double(pause)
        return session
    }
}

extension Range<Timestamp> {
    /// The parts that lie in none of the others.
    fileprivate func without(_ others: [Range<Timestamp>]) -> [Range<Timestamp>] {
        others.reduce([self]) { parts, other in
            parts.flatMap { part in
                let before = part.lowerBound..<Swift.max(part.lowerBound, Swift.min(part.upperBound, other.lowerBound))
                let after = Swift.min(part.upperBound, Swift.max(part.lowerBound, other.upperBound))..<part.upperBound
                return [before, after].filter { !$0.isEmpty }
            }
        }
    }
}
