import JSON
import Shared

extension UploadRecord: FileRecord {
    enum Key: String, CaseIterable { case file, employeeId, ts }

    static let blank = UploadRecord(file: "", employeeID: "", ts: Timestamp(milliseconds: 0))

    var caption: String { file }

    mutating func read(
        _ key: Key, from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        switch key {
        case .file: file = try reader.text()
        case .employeeId:
            guard let text = try reader.optionalText() else { return .missing }
            employeeID = text
        case .ts:
            guard let time = try reader.time(&quirks) else { return .missing }
            ts = time
        }
        return .taken
    }

    mutating func complete(
        _ missing: Set<Key>, in surroundings: ReadingSurroundings, quirks: inout Set<Quirk>
    ) -> Key? {
        if missing.contains(.file) { return .file }
        if !isOwnPath, let name = file.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init),
            name != file, UploadName.isImage(name), surroundings.imageTime(name) != nil
        {
            file = Self.folder + name
            quirks.insert(.imageElsewhere)
        }
        if missing.contains(.employeeId) { quirks.insert(.employeeMissing) }
        if missing.contains(.ts) {
            guard let time = UploadName.time(in: name) ?? surroundings.imageTime(name) else { return .ts }
            ts = time
            quirks.insert(.captureTimeMissing)
        }
        return nil
    }

    /// False when the path has other folders than `uploads/`, or another one: then the image may be somewhere else.
    var isOwnPath: Bool {
        var file = file
        return file.withUTF8 { path in
            let name = path.dropFirst(Self.folder.utf8.count)
            return path.starts(with: Self.folder.utf8)
                && !name.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        }
    }

    func write(_ key: Key, to writer: inout JSONWriter) {
        switch key {
        case .file: writer.string(file)
        case .employeeId: writer.string(employeeID)
        case .ts: writer.timestamp(ts)
        }
    }
}
