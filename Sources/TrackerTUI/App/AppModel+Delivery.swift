// What waits in the queue, and what becomes of it.

extension AppModel {
    mutating func deliver(_ event: Delivery.Event) {
        if delivery.handle(event, at: now.monotonic), let account {
            effects.append(.deliver(account, epoch: login.epoch))
        }
        guard tracking.isDelivering != delivery.isSending else { return }
        tracking.isDelivering = delivery.isSending
        if tracking.isLeaving, !delivery.isSending { track(.tick) }
    }

    /// That the disk takes nothing more is said once.
    mutating func told(_ queue: SpoolStatus) {
        if let trouble = queue.keepTrouble, self.queue?.keepTrouble == nil {
            note(.queueFailed("Work and captures cannot be kept on disk (\(trouble)): they are sent from memory."))
        }
        if queue.locked > 0, self.queue?.locked != queue.locked {
            note(.queueFailed("\(queue.locked) in the queue cannot be read: their key is missing. They are kept."))
        }
        self.queue = queue
    }

    mutating func delivered(_ outcome: AppEvent.DeliveryOutcome, epoch: Generation, queue: SpoolStatus) {
        told(queue)
        guard login.isOfThisEmployee(epoch) else { return }
        tellHoldup(outcome)
        switch outcome {
        case .delivered(let id, let file):
            if lastCapture?.id == id { lastCapture?.result = .delivered }
            tellDelivery(of: id, as: file)
            track(.serverAnswered)
            deliver(.done)
        case .putAside(let id, let reason):
            if lastCapture?.id == id { lastCapture?.result = .putAside(reason: reason) }
            note(.putAside(reason))
            deliver(.done)
        case .workDelivered(let seconds, let refused, let reason):
            workDelivered(seconds: seconds, refused: refused, reason: reason)
            deliver(.done)
        case .nothing: deliver(.empty)
        case .postponed(_, let retryAfter): deliverLater(retryAfter)
        case .unanswered: deliverLater(nil)
        case .queueFailed(let error):
            note(.queueFailed(error.description))
            deliver(.postponed(retryAfter: nil))
        case .accountRemoved: deliverWithLogin(after: .accountRemoved)
        case .loginEnded where epoch != login.epoch, .passwordExpired where epoch != login.epoch:
            // That was the old token's; there is a new one by now.
            deliver(.postponed(retryAfter: nil))
        case .loginEnded: deliverWithLogin(after: .loginEnded)
        case .passwordExpired: deliverWithLogin(after: .passwordExpired)
        }
    }

    private mutating func workDelivered(seconds: Int, refused: Int, reason: String?) {
        if seconds > 0 { note(.workDelivered(seconds: seconds)) }
        if refused > 0 { note(.workRefused(seconds: refused, reason: reason ?? "The server does not say why.")) }
        track(.serverAnswered)
        // The day's sums have grown.
        track(.askNow)
    }

    private mutating func deliverLater(_ retryAfter: Duration?) {
        track(.serverFailed)
        deliver(.postponed(retryAfter: retryAfter))
    }

    /// Nothing goes out before somebody has logged in again.
    private mutating func deliverWithLogin(after event: TrackingSession.Event) {
        track(event)
        deliver(.loginNeeded)
    }

    /// Why what waits stays in line stands on the screen, and is said when it changes.
    private mutating func tellHoldup(_ outcome: AppEvent.DeliveryOutcome) {
        let isOutage = tracking.outage != nil
        switch outcome {
        case .postponed(let reason, _):
            if holdup.stays(because: reason, isAnswer: true, isOutage: isOutage) { note(.deliveryWaits(reason)) }
        case .unanswered(let reason):
            if holdup.stays(because: reason, isAnswer: false, isOutage: isOutage) { note(.deliveryWaits(reason)) }
        case .queueFailed: break
        case .nothing: holdup.ended()
        default: holdup.moved()
        }
    }
}
