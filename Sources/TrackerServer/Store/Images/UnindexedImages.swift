import Shared
import Synchronization

/// Images that lie in the upload folder while the index does not know them, under names that the server gave: what an
/// upload or a removal has left that ended with the server.
///
/// Whoever takes a name has it alone, so that no image is removed while an upload takes it up.
final class UnindexedImages: Sendable {
    private struct Names {
        var times: [String: Timestamp] = [:]
        var byKey: [String: String] = [:]
    }

    private let names = Mutex(Names())

    /// Names that the server does not give are passed over.
    func add(_ name: String) {
        guard let time = UploadName.time(in: name) else { return }
        names.withLock { names in
            names.times[name] = time
            if let key = UploadName.idempotencyKey(in: name) { names.byKey[key] = name }
        }
    }

    /// Takes the image that was sent with that idempotency key.
    func take(key: String) -> String? {
        names.withLock { names in
            guard let name = names.byKey.removeValue(forKey: key) else { return nil }
            names.times[name] = nil
            return name
        }
    }

    /// How many names are from before `time`.
    func count(before time: Timestamp) -> Int { names.withLock { $0.times.values.count { $0 < time } } }

    /// Takes those whose names are from before `time`, the oldest first.
    func take(before time: Timestamp) -> [String] {
        names.withLock { names in
            let old = names.times.filter { $0.value < time }.keys.sorted()
            for name in old {
                names.times[name] = nil
                if let key = UploadName.idempotencyKey(in: name), names.byKey[key] == name { names.byKey[key] = nil }
            }
            return old
        }
    }
}
