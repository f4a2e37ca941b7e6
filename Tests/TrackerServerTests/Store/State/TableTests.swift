import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// The tables in memory against arrays that are searched from end to end.
@Suite struct TableTests {
    private static let employees = ["mira", "Mira", "bob", "eva"]

    @Test(arguments: 2..<6 as Range<UInt64>) func sessionsAreWhatASearchThroughAllFinds(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var table = SessionTable()
        var model: [WorkSession] = []
        // Few instants, so that many are equal.
        let instants = seed % 2 == 0 ? 40 : 100_000
        func session(isOpen: Bool, number: Int) -> WorkSession {
            let start = Timestamp(milliseconds: Int64.random(in: 0..<Int64(instants), using: &generator))
            // Some last for long, and some end before they start, as only files by others have them.
            let longest = number % 17 == 0 ? Int64(instants) : 500
            let end = start.adding(
                milliseconds: Int64.random(in: number % 13 == 0 ? -20...0 : 0...longest, using: &generator))
            var session = SampleChanges.session(
                Self.employees.randomElement(using: &generator) ?? "", at: start, end: isOpen ? nil : end)
            session.id += "-\(number)"
            return session
        }
        // A file that others wrote, which is not in start order.
        if seed >= 4 {
            var accounts = Spellings()
            for part in 0..<3 {
                let sessions = (0..<30).map { session(isOpen: $0 % 5 == 0, number: 10_000 + part * 30 + $0) }
                _ = table.load(sessions.map { SessionRow(Stored($0)) }, accounts: &accounts)
                model += sessions
            }
        }
        for number in 0..<200 {
            let open = model.filter { $0.endedAt == nil }.randomElement(using: &generator)
            let time = (open?.startedAt ?? SampleChanges.time).adding(milliseconds: Int64(number % 90))
            switch Int.random(in: 0..<7, using: &generator) {
            case 0, 1, 2:
                let new = session(isOpen: number % 3 != 0, number: number)
                table.insert(new)
                let index = model.lastIndex { $0.startedAt <= new.startedAt }.map { $0 + 1 } ?? 0
                model.insert(new, at: index)
                table.insert(new)
            case 3:
                guard let open, let index = model.firstIndex(where: { $0.id == open.id }) else { continue }
                table.beat(open.id, at: time, idleSeconds: 2)
                model[index].lastHeartbeatAt = time
                model[index].idleSeconds = 2
            case 4:
                guard let open, let index = model.firstIndex(where: { $0.id == open.id }) else { continue }
                table.end(open.id, at: time, idleSeconds: 1)
                model[index].endedAt = time
                model[index].isActive = false
                model[index].lastHeartbeatAt = min(model[index].lastHeartbeatAt, time)
                model[index].idleSeconds = 1
            case 5:
                // One that goes on until later, or one that nobody knew of.
                guard let index = model.indices.filter({ model[$0].endedAt != nil }).randomElement(using: &generator)
                else { continue }
                var session = model[index]
                if number % 3 == 0 {
                    session = SampleChanges.session(
                        "bob", at: session.startedAt, end: session.startedAt.adding(milliseconds: 5))
                    session.id += "-told-\(number)"
                    session.lastHeartbeatAt = session.startedAt.adding(milliseconds: 5)
                    model.insert(session, at: (model.lastIndex { $0.startedAt <= session.startedAt } ?? -1) + 1)
                } else {
                    session.endedAt = session.endedAt?.adding(milliseconds: Int64(number % 40))
                    session.lastHeartbeatAt = session.endedAt ?? session.startedAt
                    session.idleSeconds += 1
                    model[index] = session
                }
                table.record(session)
            default:
                guard let open else { continue }
                table.discard(open.id)
                model.removeAll { $0.id == open.id }
            }
            if number % 50 == 0 { try expectSame(table, model, instants, &generator) }
        }
        try expectSame(table, model, instants, &generator)
    }

    private func expectSame(
        _ table: SessionTable, _ model: [WorkSession], _ instants: Int, _ generator: inout SeededGenerator
    ) throws {
        #expect(table.all.map(\.value) == model)
        #expect(table.count == model.count)
        let open = model.filter { $0.endedAt == nil }
        #expect(Set(table.openSessions) == Set(open))
        #expect(table.openSessions.map(\.startedAt) == open.map(\.startedAt).sorted())
        for employee in Self.employees.map(AccountID.init(stored:)) {
            let own = model.filter { AccountID(stored: $0.employeeID) == employee }
            let newest = own.filter { $0.endedAt == nil }.map(\.startedAt).max()
            #expect(table.openSession(of: employee)?.startedAt == newest)
            #expect(table.lastEnd(of: employee) == own.compactMap(\.endedAt).max())
            for _ in 0..<3 {
                let bounds = [0, 0].map { _ in
                    Timestamp(milliseconds: Int64.random(in: -10...Int64(instants + 10), using: &generator))
                }
                let span = min(bounds[0], bounds[1])..<max(bounds[0], bounds[1])
                let shares = { (session: WorkSession) in
                    session.startedAt < span.upperBound && (session.endedAt.map { $0 >= span.lowerBound } ?? true)
                }
                #expect(table.sessions(of: employee, in: span) == own.filter(shares))
                #expect(table.sessions(in: span) == model.filter(shares))
            }
        }
    }

    @Test(arguments: 2..<6 as Range<UInt64>) func uploadsAreWhatASearchThroughAllFinds(seed: UInt64) async throws {
        var random = RandomRecords(seed: seed)
        var table = UploadTable()
        var model: [UploadRecord] = []
        func record(_ number: Int) -> UploadRecord {
            let record = random.upload()
            let day = Timestamp(milliseconds: 1_600_000_000_000)
            let ts = day.adding(
                milliseconds: Int64.random(in: 0..<(seed % 2 == 0 ? 9 : 900_000), using: &random.generator))
            return UploadRecord(
                file: record.file.replacing(".png", with: "\(number).png"), employeeID: record.employeeID, ts: ts)
        }
        if seed >= 4 {
            var loaded = UploadTable.Loaded()
            for part in 0..<3 {
                var records = (0..<30).map { record(1000 + part * 30 + $0) }
                // A file that stands more than once.
                if part > 0 { records[3] = model[5] }
                _ = loaded.append(records.map { Stored($0) })
                model += records
            }
            table = await UploadTable(loaded)
        }
        for number in 0..<200 {
            if model.isEmpty || Int.random(in: 0..<3, using: &random.generator) > 0 {
                let new = record(number)
                table.append(new)
                table.append(new)
                model.append(new)
            } else {
                // Some of any age, or the oldest.
                let count = Int.random(in: 1...3, using: &random.generator)
                let gone =
                    Bool.random(using: &random.generator)
                    ? model.shuffled(using: &random.generator).prefix(count)
                    : table.oldest(count, before: .latest)[...]
                table.remove(gone.map(\.file) + ["uploads/unknown.png"])
                model.removeAll { record in gone.contains { $0.file == record.file } }
            }
            if number % 50 == 0 { try expectSame(table, model, &random.generator) }
        }
        try expectSame(table, model, &random.generator)
        table.remove(model.map(\.file))
        try expectSame(table, [], &random.generator)
    }

    private func expectSame(
        _ table: UploadTable, _ model: [UploadRecord], _ generator: inout SeededGenerator
    ) throws {
        #expect(table.all.map(\.value) == model)
        #expect(table.count == model.count)
        for record in model.suffix(10) {
            #expect(table.record(named: record.name)?.file == record.file)
            if let key = UploadName.idempotencyKey(in: record.name) {
                let id = AccountID(stored: record.employeeID)
                #expect(table.record(of: id, key: key.uppercased()) == record)
                #expect(table.record(of: AccountID(stored: "nobody"), key: key) == nil)
            }
        }
        let sorted = model.sorted { PageCursor($0) < PageCursor($1) }
        let times = model.map(\.ts).sorted()
        let middle = times.isEmpty ? SampleChanges.time : times[times.count / 2]
        let everything = Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max)
        for range in [everything, middle..<middle.adding(milliseconds: 5), everything.lowerBound..<middle] {
            let limit = Int.random(in: 1...9, using: &generator)
            for employee in [nil] + RandomRecords.employees.prefix(4).map({ AccountID(stored: $0) }) {
                let expected = sorted.filter {
                    range.contains($0.ts)
                        && (employee.map { [own = $0.employeeID] in AccountID(stored: own) == $0 } ?? true)
                }
                // A file that stands twice has one place in the list: pages go on behind it.
                var pages: [UploadRecord] = []
                while case let page = table.newest(
                    of: employee, in: range, after: pages.last.map(PageCursor.init), limit: limit),
                    !page.isEmpty
                {
                    pages += page
                }
                #expect(unique(pages) == unique(expected))
                #expect(table.newest(of: employee, in: range, after: nil, limit: 1000) == expected)
            }
        }
        let oldest = Array(sorted.reversed().prefix { $0.ts < middle }.prefix(7))
        #expect(table.oldest(7, before: middle) == oldest)
        let groups = Dictionary(grouping: sorted) { AccountID(stored: $0.employeeID) }
        let latest = table.latest(3)
        #expect(latest.count == groups.count)
        for group in latest {
            #expect(group.records == Array((groups[group.employee] ?? []).prefix(3)))
            #expect(group.count == groups[group.employee]?.count)
        }
        let newest = latest.compactMap(\.records.first).map(PageCursor.init)
        #expect(newest == newest.sorted())
    }

    private func unique(_ records: [UploadRecord]) -> [UploadRecord] {
        records.enumerated().filter { $0.offset == 0 || records[$0.offset - 1] != $0.element }.map(\.element)
    }
}
