import Foundation
import Shared

@testable import TrackerTUI

extension Spool {
    /// A capture as an earlier version noted its time: by the wall clock alone.
    @discardableResult
    func add(png: [UInt8], capturedAt: Timestamp, account: AccountID, server: String) throws(SpoolError) -> SpoolItem {
        try add(png: png, at: WorkInstant(wall: capturedAt), account: account, server: server)
    }
}

extension SpoolItem {
    init(id: UUID, sequence: Int, capturedAt: Timestamp, account: AccountID, server: String, imageSize: Int) {
        self.init(
            id: id, sequence: sequence, at: WorkInstant(wall: capturedAt), account: account, server: server,
            content: .capture(imageSize: imageSize))
    }
}
