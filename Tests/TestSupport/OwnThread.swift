import Dispatch
public import Testing

/// Gives each test a thread of its own, for tests that compute for seconds or block. Swift runs tasks on as many threads as
/// there are processors: two such tests would leave none to the servers and clients of the tests beside them, which then
/// answer too late.
public struct OwnThread: TestTrait, SuiteTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Queue()) { try await function() }
    }

    private final class Queue: TaskExecutor {
        private let queue = DispatchQueue(label: "test")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }
}

extension Trait where Self == OwnThread {
    public static var ownThread: Self { Self() }
}
