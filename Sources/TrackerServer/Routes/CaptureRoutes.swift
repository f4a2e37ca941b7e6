import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import OrderedCollections
import Shared

/// Screenshots that were stored: lists, recent activity, and the images themselves.
enum CaptureRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(
                APIPath.uploadsList, .accounts, query: [.employeeID] + QueryParameter.instants + QueryParameter.page,
                .init("Captures, the newest first.", .json(.list(of: .capture)))
            ) {
                try await list($0, environment)
            }.takingEmptyParameters,
            .get(APIPath.activityRecent, .managers, .init("The newest captures of each employee.", .json(.activity))) {
                try await recent($0, environment)
            },
            .get(
                APIPath.image, .accounts, query: [.width],
                .init(
                    "An image.", .bytes("image/png", "image/jpeg", "application/octet-stream"),
                    .bytes("image/png", "image/jpeg", "application/octet-stream", status: 206), .init(status: 304),
                    errors: [.invalidField, .rangeNotSatisfiable, .busy])
            ) { PictureCaching.applied(to: try await image($0, environment), width: try width($0)) },
            .delete(
                APIPath.image, .accounts,
                .init("Deletes a capture, and takes its time off the hours.", .empty)
            ) { try await delete($0, environment) },
        ]
    }

    // MARK: Lists

    private static func list(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let identity = try call.identity
        let employee = try call.wantedEmployee()
        let now = environment.now()
        let range = try TimeRange(call.query, calendar: environment.rules.calendar)
            .instants(of: identity.user, at: now)
        let limit = try call.pageSize()
        let cursor = try call.cursor(in: .uploads)
        let page = try await environment.store.read { state in
            var accounts = EarlierAccounts(at: now)
            return state.uploads.newest(of: employee, in: range, after: cursor, limit: limit + 1).map {
                UploadListRow(
                    record: $0, isOfEarlierAccount: accounts.include($0.employeeID, at: $0.ts, in: state))
            }
        }
        environment.looks.listed(page.prefix(limit).lazy.map(\.record), to: identity, at: now)
        var headers: HTTPFields = [:]
        if page.count > limit, let last = page.dropLast(page.count - limit).last {
            headers[.link] = call.link(to: APIPath.uploadsList, after: PageCursor(last.record))
        }
        return .json(headers: headers) { writer in
            writer.beginArray()
            for row in page.prefix(limit) { row.write(to: &writer) }
            writer.endArray()
        }
    }

    private static func recent(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let now = environment.now()
        let groups = try await environment.store.read { state in
            state.uploads.latest(3).map { group in (group, state.user(group.employee)) }
        }
        environment.looks.listed(groups.lazy.flatMap { $0.0.records }, to: try call.identity, at: now)
        let rows = groups.map { group, user in
            let start = user?.start(at: now) ?? Timestamp(milliseconds: .min)
            return ActivityGroup(
                employeeID: user?.email ?? group.employee.spelling,
                latest: group.records.map {
                    ActivityGroup.Image(file: $0.file, ts: $0.ts, isOfEarlierAccount: $0.ts < start)
                }, count: group.count, isRegistered: user != nil)
        }
        return .json(.array(rows.map(\.json)))
    }

    // MARK: Images

    private static let missing = APIError(.notFound, "There is no such image.")

    private static func name(_ call: Call) throws -> String {
        guard let name = call.parameters["name"], !name.contains("/"), name != DataFile.uploadsIndex.rawValue else {
            throw missing
        }
        return name
    }

    private static func image(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let identity = try call.identity
        let width = try width(call)
        let name = try name(call)
        let record = try await environment.store.read { $0.upload(named: name) }
        guard let record, mayShow(record, to: identity, at: environment.now()) else { throw missing }
        let owner = AccountID(stored: record.employeeID)
        guard let image = try await environment.images.open(name, of: owner) else { throw missing }
        if let width, let thumbnail = try await environment.images.thumbnail(of: name, owner, image, width: width) {
            // Who has it already needs nobody to make it.
            if FileResponse.isKnown(thumbnail.eTag, to: call.request) {
                return try await seen(
                    Response(status: .notModified, headers: [.eTag: thumbnail.eTag, .cacheControl: cacheControl]),
                    record, width: width, by: call, environment)
            }
            if let picture = try await thumbnail.open() {
                return try await seen(
                    try await response(picture, to: call), record, width: width, by: call, environment)
            }
        }
        return try await seen(try await response(image, to: call), record, width: nil, by: call, environment)
    }

    /// An answer that shows a picture, once the audit knows that a manager sees it.
    /// - Parameter width: nil when it is sent as it is.
    private static func seen(
        _ response: Response, _ record: UploadRecord, width: Int?, by call: Call, _ environment: ServerEnvironment
    ) async throws -> Response {
        let isShown = [.ok, .partialContent, .notModified].contains(response.status) && call.request.method != .head
        if isShown {
            let picture = LookMemory.Picture(record: record, width: width, isPart: response.status != .ok)
            try await environment.looks.note(picture, for: call, environment)
        }
        return response
    }

    private static let cacheControl = "private, no-cache"

    private static func response(_ image: StoredImage, to call: Call) async throws -> Response {
        let type = try await image.format()?.mediaType ?? "application/octet-stream"
        return try await FileResponse(
            size: image.size, eTag: image.eTag, contentType: type, cacheControl: cacheControl, chunk: image.chunk,
            read: image.read
        ).response(to: call.request)
    }

    /// How wide the picture may be; nil when it is wanted as it is.
    private static func width(_ call: Call) throws -> Int? {
        guard let text = call.query.given("width") else { return nil }
        guard let width = ThumbnailKey.widths.first(where: { String($0) == text }) else {
            let widths = ThumbnailKey.widths.map(String.init).joined(separator: ", ")
            throw APIError(.invalidField, "\"width\" must be one of \(widths).")
        }
        return width
    }

    /// The record goes first, then the image.
    private static func delete(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let (identity, report, name) = (try call.identity, environment.report(), try name(call))
        _ = try await environment.store.read { try deletable(name, by: identity, at: report.now, $0) }
        try await environment.images.announceRemoval(of: name)
        do {
            try await call.transact(environment) { transaction in
                let record = try deletable(name, by: identity, at: report.now, transaction.state)
                for deduction in report.deductions(for: record, transaction.state) {
                    transaction.record(
                        .correctionMade(
                            Correction(
                                id: deduction.id(.random(count: 8)), employeeID: record.employeeID,
                                date: deduction.day, minutes: -deduction.minutes, reason: CaptureDeletion.reason,
                                by: identity.user.email, createdAt: report.now)))
                }
                transaction.record(.imagesRemoved([record.file]))
            }
        } catch {
            // Where the record may be gone, the next start finds out.
            if case StoreError.uncertain = error { throw error }
            environment.images.keep(name)
            throw error
        }
        await environment.images.remove(name)
        return .noContent()
    }

    private static func deletable(
        _ name: String, by identity: Identity, at now: Timestamp, _ state: borrowing TrackerState
    ) throws -> UploadRecord {
        guard let record = state.upload(named: name), mayShow(record, to: identity, at: now) else { throw missing }
        guard identity.user.role.isManager || CaptureDeletion.mayBeByOwner(record, at: now) else {
            throw APIError(.forbidden, CaptureDeletion.ownersRule)
        }
        return record
    }

    private static func mayShow(_ record: UploadRecord, to identity: Identity, at now: Timestamp) -> Bool {
        if identity.user.role.isManager { return true }
        return AccountID(stored: record.employeeID) == identity.id && record.ts >= identity.user.start(at: now)
    }
}

/// `from` ≤ ts < `to`: each an instant, or a day of the zone; as `to` the day itself is included.
struct TimeRange: Sendable {
    /// Empty when `to` lies before `from`.
    let instants: Range<Timestamp>

    init(_ query: Query, calendar: WorkCalendar) throws {
        let from = try Self.bound("from", query) { calendar.start(of: $0) } ?? Timestamp(milliseconds: .min)
        let to =
            try Self.bound("to", query) { calendar.start(of: $0.adding(days: 1)) } ?? Timestamp(milliseconds: .max)
        instants = from..<max(from, to)
    }

    /// The part of it that `user` may see: nothing older than an employee's own account.
    func instants(of user: User, at now: Timestamp) -> Range<Timestamp> {
        guard !user.role.isManager else { return instants }
        let from = max(instants.lowerBound, user.start(at: now))
        return from..<max(from, instants.upperBound)
    }

    private static func bound(_ name: String, _ query: Query, _ ofDay: (CivilDate) -> Timestamp) throws -> Timestamp? {
        guard let text = query[name] else { return nil }
        if let day = CivilDate(iso8601: text) { return ofDay(day) }
        if let time = Timestamp(submitted: text) { return time }
        throw APIError(.invalidField, "\"\(name)\" must be an ISO 8601 time or a date such as 2026-03-02.")
    }
}
