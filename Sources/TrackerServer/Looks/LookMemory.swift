import Shared

/// Which requests for pictures are looks of their own, and which belong to one that the audit has already. Pure.
///
/// - A picture that is sent whole is a look each time.
/// - A part of it (a range), and the answer that it is still as the program has it, belong to the viewer's last look at the same
///   picture within a minute; else they are looks.
/// - Small pictures of a page of a list that the viewer was sent within the hour are one look for each employee on it. Others
///   are a look each, as above.
///
/// What is forgotten, because it is too much or too old, makes a line more, never one less.
struct LookMemory: Sendable {
    /// How long parts of a picture belong to a look at it.
    static let together: Int64 = 60_000
    /// How long a page of a list may be looked at.
    static let pageLifetime: Int64 = 3_600_000
    /// Looks that are remembered.
    static let remembered = 10_000
    /// Pages of each viewer that are remembered.
    static let rememberedPages = 50

    /// A picture that somebody gets.
    struct Picture: Sendable, Hashable {
        let record: UploadRecord
        /// How wide it is in small; nil for the image itself.
        let width: Int?
        /// A range of it, or only that it is unchanged.
        let isPart: Bool

        fileprivate var isSmall: Bool { width.map { $0 <= Looks.smallWidth } ?? false }
        fileprivate var employee: AccountID { AccountID(stored: record.employeeID) }
    }

    /// What is to be told.
    enum Look: Sendable, Hashable {
        case image(UploadRecord, width: Int?)
        case thumbnails(employee: String, from: Timestamp, to: Timestamp, count: Int)
    }

    /// An employee's captures on a page.
    private struct Part: Sendable {
        var from: Timestamp
        var to: Timestamp
        var count: Int
        var isNoted = false
    }

    private struct Page: Sendable {
        let time: Timestamp
        var parts: [AccountID: Part]
    }

    private struct View: Hashable {
        let viewer: AccountID
        let file: String
    }

    private var pages: [AccountID: [Page]] = [:]
    private var views: [View: Timestamp] = [:]
    /// The looks in their order; those that were repeated stand there more than once.
    private var order: [(view: View, time: Timestamp)] = []

    /// A page of a list was sent.
    mutating func listed(_ records: some Sequence<UploadRecord>, to viewer: AccountID, at now: Timestamp) {
        var parts: [AccountID: Part] = [:]
        for record in records {
            var part = parts[AccountID(stored: record.employeeID)] ?? Part(from: record.ts, to: record.ts, count: 0)
            part.from = min(part.from, record.ts)
            part.to = max(part.to, record.ts)
            part.count += 1
            parts[AccountID(stored: record.employeeID)] = part
        }
        guard !parts.isEmpty else { return }
        var own = pages[viewer, default: []]
        own.append(Page(time: now, parts: parts))
        pages[viewer] = own.suffix(Self.rememberedPages)
    }

    /// A picture is about to be sent.
    /// - Returns: what is to be told; nil where it belongs to a look that was.
    mutating func look(at picture: Picture, by viewer: AccountID, at now: Timestamp) -> Look? {
        if picture.isSmall {
            switch lookAtPage(with: picture, viewer, now) {
            case .first(let look): return look
            case .again: return nil
            case .none: break
            }
        }
        let view = View(viewer: viewer, file: picture.record.file)
        if picture.isPart, let last = views[view], last <= now, now - last < Self.together { return nil }
        remember(view, now)
        return picture.isSmall
            ? .thumbnails(
                employee: picture.record.employeeID, from: picture.record.ts, to: picture.record.ts, count: 1)
            : .image(picture.record, width: picture.width)
    }

    private enum PageLook {
        case first(Look)
        /// The page has been looked at.
        case again
        /// The picture is on no page that is remembered.
        case none
    }

    private mutating func lookAtPage(with picture: Picture, _ viewer: AccountID, _ now: Timestamp) -> PageLook {
        let (employee, time) = (picture.employee, picture.record.ts)
        guard var own = pages[viewer],
            let index = own.lastIndex(where: { page in
                page.time <= now && now - page.time < Self.pageLifetime
                    && page.parts[employee].map { ($0.from...$0.to).contains(time) } ?? false
            }), let part = own[index].parts[employee]
        else { return .none }
        guard !part.isNoted else { return .again }
        own[index].parts[employee]?.isNoted = true
        pages[viewer] = own
        return .first(
            .thumbnails(employee: picture.record.employeeID, from: part.from, to: part.to, count: part.count))
    }

    private mutating func remember(_ view: View, _ now: Timestamp) {
        views[view] = now
        order.append((view, now))
        guard order.count > Self.remembered else { return }
        // Half of them at a time: each look is moved once.
        for (view, time) in order.prefix(Self.remembered / 2) where views[view] == time { views[view] = nil }
        order.removeFirst(Self.remembered / 2)
    }

    /// What was to be told could not be: the next request for the picture is a look.
    mutating func forget(_ picture: Picture, by viewer: AccountID) {
        views[View(viewer: viewer, file: picture.record.file)] = nil
        guard picture.isSmall, var own = pages[viewer] else { return }
        for index in own.indices { own[index].parts[picture.employee]?.isNoted = false }
        pages[viewer] = own
    }
}
