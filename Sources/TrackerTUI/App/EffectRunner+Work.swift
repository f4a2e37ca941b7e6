import FoundationEssentials
import Shared

// What the server is asked of work, and work that is delivered by itself.

extension EffectRunner {
    func ask(_ request: TrackingSession.Request, _ account: Account) {
        let token = token
        Task {
            do throws(TrackerAPIError) {
                let answer = try await answer(to: request.kind, account, token: token ?? "")
                send(.workAnswered(number: request.number, .success(answer)))
                await askForQueueKey(account)
            } catch {
                send(.workAnswered(number: request.number, .failure(error)))
            }
        }
    }

    private func answer(to kind: TrackingSession.Request.Kind, _ account: Account, token: String)
        async throws(TrackerAPIError) -> TrackingSession.Answer
    {
        let api = api(account)
        let client = surroundings.clientID
        switch kind {
        case .start:
            let start = StartRequest(client: client, host: client == nil ? nil : HostName.own)
            let (session, isNew) = try await api.startWork(start, token: token)
            return .started(session, isNew: isNew)
        case .heartbeat(let idle):
            let beat = HeartbeatRequest(idleDeltaSeconds: idle, client: client)
            return .beaten(idleSeconds: try await api.heartbeat(beat, token: token).idleSeconds)
        case .stop(let idle):
            let stop = HeartbeatRequest(idleDeltaSeconds: idle, client: client)
            return .stopped(try await api.stopWork(stop, token: token))
        case .day:
            let interval = try await api.captureInterval(
                defaultSeconds: surroundings.defaultInterval, token: token)
            return .day(try await api.workDay(token: token), intervalSeconds: interval)
        case .refresh:
            let response = try await api.refresh(token: token)
            // Whoever has logged out or in meanwhile has another token.
            if self.token == token {
                self.token = response.token
                await keepLogin(response, account)
            }
            return .refreshed(tokenLife: life(until: response.expiresAt))
        }
    }

    func askWhoLooked(_ account: Account, link: Generation) {
        guard let token else { return }
        Task {
            do throws(TrackerAPIError) {
                let page = try await api(account).whoLooked(Looks.path, token: token)
                send(.looksAnswered(.success(page), link: link))
            } catch {
                send(.looksAnswered(.failure(error), link: link))
            }
        }
    }

    func keepSpan(_ stretch: WorkStretch, _ account: Account) async {
        do throws(SpoolError) {
            try await surroundings.spool.add(stretch, account: account.id, server: account.server.text)
        } catch {
            send(.workNotKept(error))
        }
        send(.queueChanged(await surroundings.spool.status))
    }

    func deliverWork(_ item: SpoolItem, _ account: Account, token: String) async throws -> AppEvent.DeliveryOutcome {
        guard let span = item.span(by: clock) else {
            try await surroundings.spool.remove(item.id)
            return .workDelivered(seconds: 0, refused: 0, reason: nil)
        }
        let request = WorkSpansRequest(client: surroundings.clientID, spans: [span])
        let answer = try await api(account).deliver(request, token: token).spans.first
        try await surroundings.spool.remove(item.id)
        let refused = min(max(answer?.refusedSeconds ?? 0, 0), item.workSeconds)
        return .workDelivered(
            seconds: item.workSeconds - refused, refused: refused, reason: answer?.reason?.onOneLine)
    }

    func putAllAside(_ account: Account) async {
        await forgetLogin()
        do throws(SpoolError) {
            try await surroundings.spool.putAllAside(
                of: account.id, on: account.server.text, reason: "The account has been removed.")
        } catch {
            surroundings.record(problem("Not everything could be put aside: \(error)"))
        }
        await releaseQueueKey()
        send(.queueChanged(await surroundings.spool.status))
    }
}
