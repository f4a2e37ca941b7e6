import Foundation
import Hummingbird
import JSON
import OrderedCollections
import Shared

/// How often each employee's screen is captured.
enum IntervalRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(
                APIPath.captureInterval, .accounts, query: [.employeeID],
                .init("How often an employee's screen is captured.", .json(.interval), errors: [.notFound])
            ) { try await show($0, environment) },
            .get(APIPath.captureIntervals, .managers, .init("Everybody's intervals, in seconds.", .json(.intervals))) {
                _ in try await showAll(environment)
            },
            .post(
                APIPath.captureInterval, .managers, .json,
                .init(
                    "Assigns an interval, at once.", takes: .intervalAssignment, .json(.assignedInterval),
                    errors: [.notFound])
            ) { try await assign($0, environment) },
            .delete(
                APIPath.captureIntervalOfOne, .managers, .init("Takes an interval away: nothing is captured.", .empty)
            ) { try await takeAway($0, environment) },
        ]
    }

    private static func show(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let identity = try call.identity
        let asked = call.query["employeeId"]
        let seconds: Int? = try await environment.store.read { state in
            guard identity.user.role.isManager else { return state.interval(of: identity.id) }
            guard let asked else { throw APIError(.invalidField, "\"employeeId\" is missing in the query.") }
            let id = AccountID(stored: asked)
            guard state.user(id)?.role == .employee || state.interval(of: id) != nil else {
                throw APIError(.notFound, "There is no such employee.")
            }
            return state.interval(of: id)
        }
        return .json(CaptureIntervalResponse(intervalSeconds: seconds))
    }

    private static func showAll(_ environment: ServerEnvironment) async throws -> Response {
        let intervals = try await environment.store.read { state in
            state.intervals.map { (employeeID: $0.key.spelling, seconds: $0.value) }
        }
        return .json(CaptureIntervalsResponse(intervals: intervals))
    }

    private static func assign(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let fields = try JSONFields(call.json)
        let asked = try fields.accountID("employeeId")
        let minutes = try minutes(fields)
        let id = try await call.transact(environment) { transaction in
            guard let user = transaction.state.user(asked), user.role == .employee else {
                throw APIError(.notFound, "There is no such employee.")
            }
            transaction.record(.intervalAssigned(user.id, seconds: minutes * 60))
            return user.id
        }
        return .json(
            .object([
                "ok": .bool(true), "employeeId": .string(id.spelling), "intervalSeconds": .number(minutes * 60),
            ]))
    }

    /// Of whoever has one, whether there is an account of that id or not.
    private static func takeAway(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let id = try call.accountID
        try await call.transact(environment) { transaction in
            guard transaction.state.interval(of: id) != nil else {
                throw APIError(.notFound, "No interval is assigned to this employee.")
            }
            transaction.record(.intervalRemoved(transaction.state.user(id)?.id ?? id))
        }
        return .noContent()
    }

    /// A whole number, or one as text.
    private static func minutes(_ fields: JSONFields) throws(JSONFieldError) -> Int {
        let field = "intervalMinutes"
        let minutes: Int? =
            switch fields[field] {
            case .number(let number): number.integer
            case .string(let text): text.text.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
            default: nil
            }
        guard let minutes, CaptureInterval.mayBeAssigned(minutes: minutes) else {
            throw JSONFieldError(field: field, expected: CaptureInterval.rule)
        }
        return minutes
    }
}
