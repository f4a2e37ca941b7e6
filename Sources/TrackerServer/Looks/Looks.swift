// Looks: who looked at whose pictures. LookMemory decides what is a look, the audit has a line for each before anybody is sent one.

import JSON
import Shared
import Synchronization

/// Tells the audit of managers who look at captures.
final class Looks: Sendable {
    /// Pictures that are no wider count as small.
    static let smallWidth = 320

    private let memory = Mutex(LookMemory())
    private let calendar: WorkCalendar

    init(calendar: WorkCalendar) {
        self.calendar = calendar
    }

    /// A manager is sent a page of a list.
    func listed(_ records: some Sequence<UploadRecord>, to viewer: Identity, at now: Timestamp) {
        guard viewer.user.role.isManager else { return }
        memory.withLock { $0.listed(records, to: viewer.id, at: now) }
    }

    /// Returns once the look is on disk, or belongs to one that is. Employees look at their own captures: nothing is told of that.
    /// - Throws: as ``Call/transact(_:_:)``; then nothing may be shown.
    func note(_ picture: LookMemory.Picture, for call: Call, _ environment: ServerEnvironment) async throws {
        let viewer = try call.identity
        guard viewer.user.role.isManager else { return }
        let now = environment.now()
        do {
            try await call.transact(environment) { transaction in
                switch self.memory.withLock({ $0.look(at: picture, by: viewer.id, at: now) }) {
                case .image(let record, let width):
                    var detail = JSONObject([("file", .string(record.file)), ("ts", .string(record.ts.iso8601))])
                    detail["width"] = width.map { .number($0) }
                    transaction.note(.imageViewed, about: transaction.spelling(of: record.employeeID), detail)
                case .thumbnails(let employee, let from, let to, let count):
                    transaction.note(
                        .thumbnailsViewed, about: transaction.spelling(of: employee),
                        JSONObject([
                            ("from", .string(self.calendar.day(of: from).iso8601)),
                            ("to", .string(self.calendar.day(of: to).iso8601)), ("number", .number(count)),
                            ("ts", .string(to.iso8601)),
                        ]))
                case nil: break
                }
            }
        } catch {
            memory.withLock { $0.forget(picture, by: viewer.id) }
            throw error
        }
    }
}

extension Transaction {
    /// As the account spells it, if there is one.
    fileprivate func spelling(of employee: String) -> String {
        state.user(AccountID(stored: employee))?.email ?? employee
    }
}
