import Settings

/// How much of everything the server takes on at a time.
struct FloodLimits: Sendable {
    /// Nil: as many as open files allow, see ``ConnectionLimit``.
    let connections: Int?
    let connectionsFromNetwork: Int
    let requests: Places.Limits
    let sockets: Places.Limits
    let uploads: UploadQuota.Limits

    init(_ settings: Settings) throws(SettingError) {
        let most = 1_000_000
        let connections = try settings.integer("MAX_CONNECTIONS", default: 0, in: 0...most)
        self.connections = connections == 0 ? nil : connections
        connectionsFromNetwork = try settings.integer("MAX_CONNECTIONS_PER_ADDRESS", default: 2000, in: 1...most)
        requests = Places.Limits(
            inAll: try settings.integer("MAX_REQUESTS", default: 4000, in: 1...most),
            fromNetwork: try settings.integer("MAX_REQUESTS_PER_ADDRESS", default: 1000, in: 1...most))
        sockets = Places.Limits(
            inAll: try settings.integer("MAX_SOCKETS", default: 10_000, in: 1...most),
            fromNetwork: try settings.integer("MAX_SOCKETS_PER_ADDRESS", default: 2000, in: 1...most))
        let images = try settings.integer("UPLOADS_PER_HOUR", default: 6000, in: 0...most)
        let bytes = try settings.integer("UPLOAD_BYTES_PER_HOUR", default: 1_073_741_824, in: 0...1_099_511_627_776)
        uploads = UploadQuota.Limits(images: images == 0 ? nil : images, bytes: bytes == 0 ? nil : bytes)
    }
}
