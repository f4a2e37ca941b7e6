import Capture

// Idle time and captures, as the display gives them.

extension AppModel {
    mutating func askForIdleTime() {
        if tracking.isTracking, display.beginSample(at: now.monotonic) { effects.append(.sampleIdle) }
    }

    mutating func noticeSilentDisplay() {
        guard tracking.isTracking, options.hasDisplay, display.noticeSilence(at: now.monotonic) else { return }
        note(.screenLost(DisplayHealth.silence))
    }

    mutating func idleSampled(_ result: Result<Duration, CaptureError>, taken: Duration) {
        switch result {
        case .success(let idle):
            _ = display.endSample(trouble: nil)
            track(.idleSampled(sinceInput: idle, taken: taken))
        case .failure(let error):
            if display.endSample(trouble: error.description) { note(.screenLost(error.description)) }
        }
    }

    mutating func captured(_ outcome: AppEvent.CaptureOutcome, epoch: Generation, queue: SpoolStatus) {
        told(queue)
        guard login.isOfThisEmployee(epoch), tracking.isSignedIn else {
            // Its employee has left: the log tells of it, the screen is another's.
            record(outcome.note)
            return
        }
        let isNews = display.endCapture(trouble: outcome.trouble)
        track(.captureEnded)
        switch outcome {
        case .queued(let capture):
            lastCapture = capture
            note(outcome.note, capture: capture.id)
            deliver(.queued)
        case .failed: if isNews { note(outcome.note) }
        case .notKept: note(outcome.note)
        }
    }
}

extension AppEvent.CaptureOutcome {
    /// Why the screen could not be captured.
    fileprivate var trouble: String? { if case .failed(let error) = self { error.description } else { nil } }

    fileprivate var note: Note {
        switch self {
        case .queued(let capture):
            .captured(
                width: capture.width, height: capture.height, bytes: capture.bytes, concealment: capture.concealment)
        case .failed(let error): .captureFailed(error.description)
        case .notKept(let error): .captureNotKept(error.description)
        }
    }
}
