import Capture
import FoundationEssentials
import Shared

// The display is asked, and what waits in the queue goes out.

extension EffectRunner {
    func sampleIdle() async {
        do throws(CaptureError) {
            let idle = try await surroundings.input.idleTime()
            send(.idleSampled(.success(idle), taken: surroundings.clock.now().monotonic))
        } catch {
            send(.idleSampled(.failure(error), taken: surroundings.clock.now().monotonic))
        }
    }

    func capture(_ account: Account, epoch: Generation) async {
        let outcome = await captureOutcome(account)
        send(.captured(outcome, epoch: epoch, queue: await surroundings.spool.status))
    }

    private func captureOutcome(_ account: Account) async -> AppEvent.CaptureOutcome {
        let now = surroundings.clock.now()
        let image: CapturedImage
        do throws(CaptureError) {
            image = try await surroundings.screen.capture()
        } catch {
            return .failed(error)
        }
        do throws(SpoolError) {
            let item = try await surroundings.spool.add(
                png: image.png, at: clock.dated(WorkInstant(now)), account: account.id, server: account.server.text)
            return .queued(
                LastCapture(
                    id: item.id, at: clock.time(of: item.at), width: image.width, height: image.height,
                    bytes: image.png.count,
                    concealment: image.concealment))
        } catch {
            return .notKept(error)
        }
    }

    func deliver(_ account: Account, epoch: Generation) async {
        let outcome = await deliveryOutcome(account)
        send(.delivered(outcome, epoch: epoch, queue: await surroundings.spool.status))
    }

    private func deliveryOutcome(_ account: Account) async -> AppEvent.DeliveryOutcome {
        let spool = surroundings.spool
        await spool.keepUnkept()
        guard let token, let item = await spool.next(for: account.id, on: account.server.text, after: turns.start)
        else { return .nothing }
        turns.taken(sequence: item.sequence)
        do {
            guard item.isCapture else { return try await deliverWork(item, account, token: token) }
            let png = try await spool.image(of: item.id)
            let response = try await api(account).upload(
                png: png, capturedAt: clock.time(of: item.at), key: item.id, token: token)
            try await spool.remove(item.id)
            return .delivered(item.id, file: response.file)
        } catch let error as TrackerAPIError {
            return await undelivered(item, error)
        } catch let error as SpoolError {
            switch error {
            case .damaged(let id, let reason): return .putAside(id, reason: reason)
            // An upload that was out when its employee left and came back has taken it off the queue.
            case .noSuchItem: return .unanswered(reason: error.description)
            default: return .queueFailed(error)
            }
        } catch {
            return .unanswered(reason: "\(error)")
        }
    }

    private func undelivered(_ item: SpoolItem, _ error: TrackerAPIError) async -> AppEvent.DeliveryOutcome {
        if case .accountRemoved = error.failure { return .accountRemoved }
        switch error.verdict {
        case .untilLogin: return .loginEnded
        case .untilPasswordChange: return .passwordExpired
        case .later, .taken:
            guard error.isAnswer else { return .unanswered(reason: error.message) }
            turns.failed(item.id, sequence: item.sequence)
            return .postponed(reason: error.message, retryAfter: error.retryAfter)
        case .aside: return await putAside(item, error.message)
        }
    }

    private func putAside(_ item: SpoolItem, _ reason: String) async -> AppEvent.DeliveryOutcome {
        do throws(SpoolError) {
            try await surroundings.spool.putAside(item.id, reason: reason)
            return .putAside(item.id, reason: reason)
        } catch {
            return .queueFailed(error)
        }
    }
}
