import ServiceLifecycle

extension Service {
    /// Waits before a service does again what it does every so often.
    /// - Returns: false, and at once, when the server is asked to stop.
    func pause(_ time: Duration) async -> Bool {
        await cancelWhenGracefulShutdown {
            do {
                try await Task.sleep(for: time)
                return true
            } catch {
                return false
            }
        }
    }
}
