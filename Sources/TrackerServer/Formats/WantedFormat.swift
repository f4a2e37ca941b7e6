import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Shared

/// How a report or a list is wanted: its format, and with a byte order mark or not.
struct WantedFormat: Sendable {
    private let format: AnswerFormat
    private let hasByteOrderMark: Bool

    /// - Throws: ``APIError`` `invalid_field` for another `format`, which wins over the header Accept; `not_acceptable` when that
    ///   has none of them.
    init(_ call: Call) throws {
        hasByteOrderMark = try call.query.flag("bom")
        if let format: AnswerFormat = try call.query.choice("format") {
            self.format = format
        } else if let format = AnswerFormat.preferred(accept: call.request.headers[.accept]) {
            self.format = format
        } else {
            let types = AnswerFormat.allCases.map(\.mediaType)
            throw APIError(
                .notAcceptable,
                "The header Accept must have one of \(types.joined(separator: ", ")), or say it in the query: \"format\" is "
                    + "\(AnswerFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
    }

    /// - Parameters:
    ///   - name: of the file that a browser makes of it, without an extension.
    ///   - calendar: of the zone whose times a terminal shows.
    func response(
        named name: String, headers: HTTPFields = [:], in calendar: WorkCalendar, table: () -> Table,
        json: (inout JSONWriter) -> Void
    ) -> Response {
        var response: Response
        switch format {
        case .json: response = .json(headers: headers, write: json)
        case .csv:
            response = plain(table().csv(hasByteOrderMark: hasByteOrderMark), headers)
            response.headers[.contentDisposition] = "attachment; filename=\"\(name).csv\""
        case .text: response = plain(Array(table().text(in: calendar).utf8), headers)
        }
        response.headers[.vary] = "Accept"
        return response
    }

    private func plain(_ bytes: [UInt8], _ headers: HTTPFields) -> Response {
        var headers = headers
        headers[.contentType] = "\(format.mediaType); charset=utf-8"
        headers[.cacheControl] = "no-store"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
