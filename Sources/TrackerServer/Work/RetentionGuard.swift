import Files
import Foundation
import JSON
import Shared

/// When old images were removed last: a working file of the server's own, `retention` behind a dot in the data folder.
struct RetentionNote: Sendable, Hashable {
    /// When that was, by the server's clock.
    let at: Timestamp
    /// Images from before this instant went.
    let through: Timestamp

    static let fileName = ".retention"

    /// What the file says; nil when there is none.
    enum Stored: Sendable, Hashable {
        case none
        case note(RetentionNote)
        case damaged
    }

    /// Blocks.
    static func read(in folder: String) throws(FileError) -> Stored {
        guard let bytes = try OpenFile.contents(of: "\(folder)/\(fileName)") else { return .none }
        do {
            let fields = try JSONFields(try JSONReader.value(of: bytes))
            return .note(RetentionNote(at: try fields.timestamp("at"), through: try fields.timestamp("through")))
        } catch {
            return .damaged
        }
    }

    /// Returns when it is on disk. Blocks.
    func write(in folder: String, _ folders: FolderFlushes) throws(FileError) {
        let json = JSONValue.object(["at": .string(at.iso8601), "through": .string(through.iso8601)])
        let bytes = JSONWriter.bytes(of: json, .pretty)
        try WholeFile.write(bytes.span, to: "\(folder)/\(Self.fileName)", mode: 0o600, folders: folders)
    }
}

/// Whether a turn of the removal of old images may be believed. Pure.
///
/// A clock that was set years ahead makes every image old at once. So a turn must not go much further than the one before it
/// by more than the time that the server has seen pass since; what passed while no server ran, nobody has seen.
struct RetentionGuard: Sendable, Hashable {
    /// How long no server may have run, in milliseconds, without anybody asking: a long weekend.
    static let unseen: Int64 = 3 * 24 * 3_600_000
    /// How much faster than the time that was seen the clock may have gone, in milliseconds.
    static let drift: Int64 = 3_600_000
    /// A clock that was not set for so long, in milliseconds, while the server ran, is believed.
    static let proof: Int64 = 24 * 3_600_000

    /// When the last turn was by a clock that nobody sets, in milliseconds; nil when this run of the server has had none.
    private var lastTurn: Int64?
    /// When the server was started, by the same clock.
    private let start: Int64
    /// True until a turn was made on the administrator's word.
    private var isConfirmed: Bool

    init(start: Int64, isConfirmed: Bool) {
        self.start = start
        self.isConfirmed = isConfirmed
    }

    enum Decision: Sendable, Hashable {
        case go
        /// `ahead`: by how many milliseconds the clock has gone further than was seen; nil when nobody knows. `wait`: how
        /// many it must go on without being set.
        case hold(ahead: Int64?, wait: Int64)
    }

    /// - Parameters:
    ///   - count: how many images would go. Where none would, there is nothing to hold back, and the next turn is compared with
    ///     this one: a machine that never runs for a day could not go on otherwise.
    ///   - note: of the last turn ever. The first one has nothing to be compared with: it does what RETENTION_DAYS says.
    ///   - steady: the time of the clock that nobody sets.
    ///   - steadyFor: how long the other one was not set.
    func decide(
        removing count: Int, at now: Timestamp, after note: RetentionNote.Stored, steady: Int64, steadyFor: Int64
    ) -> Decision {
        if count == 0 || isConfirmed || steadyFor >= Self.proof { return .go }
        let wait = Self.proof - steadyFor
        switch note {
        case .none: return .go
        case .damaged: return .hold(ahead: nil, wait: wait)
        case .note(let last):
            let ahead = now - last.at - (steady - (lastTurn ?? start))
            return ahead > (lastTurn == nil ? Self.unseen : Self.drift) ? .hold(ahead: ahead, wait: wait) : .go
        }
    }

    /// A turn is over.
    mutating func went(steady: Int64) {
        lastTurn = steady
        isConfirmed = false
    }
}
