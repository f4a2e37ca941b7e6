import Foundation
import JSON
import Shared
import SocketIO

/// A frame on its way, as the event that carried it.
struct LiveFrame: Sendable {
    /// Whose screen it shows.
    let employee: AccountID
    /// When the screen looked like this, in the employee's words.
    let ts: String
    /// What the employee's machine is called; nil when it did not say.
    let host: String?
    private let event: SocketEvent
    /// Nil when the sender writes the id as the account does.
    private let corrected: OutgoingEvent?

    /// Nil when the payload is not `{employeeId, frameBase64, ts}` of that employee. The image is read over, not read.
    init?(_ event: SocketEvent, from sender: LiveState.Member) {
        var employee: String?
        var ts: String?
        var hasImage = false
        do throws(JSONError) {
            try event.readObject { reader, key throws(JSONError) in
                switch key.text {
                case "employeeId": employee = try reader.text()
                case "frameBase64":
                    hasImage = reader.isAtText
                    try reader.skipValue()
                case "ts":
                    let value = try reader.value()
                    ts = value.text
                    if case .number(let number) = value { ts = number.text }
                default: try reader.skipValue()
                }
            }
        } catch {
            // Another payload than the event's: nothing was promised to its sender.
            return nil
        }
        guard let employee, let ts, hasImage, AccountID(stored: employee) == sender.account else { return nil }
        self.employee = sender.account
        self.ts = ts
        host = sender.host
        self.event = event
        let spelling = sender.account.spelling
        // By bytes: equal texts may be written in several ways.
        corrected = employee.utf8.elementsEqual(spelling.utf8) ? nil : Self.event(event, employee: spelling)
    }

    /// The event for those who watch: as it came, but for the spelling of the employee's id, which is the account's.
    var outgoing: OutgoingEvent { corrected ?? OutgoingEvent(relaying: event) }

    private static func event(_ event: SocketEvent, employee: String) -> OutgoingEvent {
        var arguments = event.arguments
        if var payload = arguments.first?.object {
            payload["employeeId"] = .string(employee)
            arguments[0] = .object(payload)
        }
        return OutgoingEvent(event.name, arguments, attachments: event.content.attachments)
    }

    /// The image's bytes; nil when they are no base64 of a PNG or JPEG.
    var image: (bytes: Data, format: ImageFormat)? {
        guard let text = event.arguments.first?.object?["frameBase64"]?.text,
            let bytes = Data(base64Encoded: text), let format = ImageFormat(firstBytes: Array(bytes.prefix(16)))
        else { return nil }
        return (bytes, format)
    }

    /// True unless it is the frame with that time stamp, however that is written.
    func isAnother(than other: String) -> Bool {
        guard ts != other else { return false }
        guard let own = Timestamp(iso8601: ts), let other = Timestamp(iso8601: other) else { return true }
        return own != other
    }
}
