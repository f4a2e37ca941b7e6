import Testing

/// The model finds what a server lost, and blames nobody for what was never promised.
@Suite struct LedgerTests {
    private let session = Session(employee: "mira", startedAt: "08:00", endedAt: nil, idleSeconds: 10)
    private let capture = Capture(file: "uploads/08-00-k.png", employee: "mira", isWhole: true)
    private let person = Person(name: "Mira", password: "0123456789", intervalSeconds: 120)

    private var house: [Item: Fact] {
        [
            .organization: .named("Harbour"), .person("mira"): .employed(person),
            .session("mira-1"): .worked(session), .captures(key: "k"): .stored([capture]), .token("t"): .revoked,
        ]
    }

    private func losses(
        _ writes: [Write] = [], _ change: (inout [Item: Fact]) -> Void
    ) -> [Loss] {
        var ledger = Ledger(kept: house)
        for write in writes { ledger.begin(write) }
        var found = house
        change(&found)
        ledger.compare(with: found, in: "the file")
        return ledger.losses
    }

    @Test func nothingIsMissingWhenAllIsAsAcknowledged() {
        #expect(losses { _ in } == [])
    }

    @Test func everyRecordThatIsGoneIsALoss() {
        for item in house.keys {
            #expect(
                losses { $0[item] = nil } == [.item(item, kept: house[item], found: nil, where: "the file")])
        }
    }

    @Test func whatNobodyAskedForIsALoss() {
        #expect(losses { $0[.person("eve")] = .employed(person) }.count == 1)
        #expect(losses { $0[.session("mira-2")] = .worked(session) }.count == 1)
    }

    @Test func anAcknowledgedChangeThatIsUndoneIsALoss() {
        var ledger = Ledger(kept: house)
        let stop = Write.stop(employee: "mira", session: "mira-1", idle: 5)
        var ended = session
        (ended.endedAt, ended.idleSeconds) = ("09:00", 15)
        ledger.begin(stop)
        ledger.acknowledge(stop, .session("mira-1"), .worked(ended))
        #expect(ledger.losses == [])
        ledger.compare(with: house, in: "the file")
        #expect(
            ledger.losses == [
                .item(.session("mira-1"), kept: .worked(ended), found: .worked(session), where: "the file")
            ])
    }

    @Test func aRequestInFlightMayHaveHappenedOrNot() {
        let writes: [Write] = [
            .nameOrganization("Port"), .dismiss("mira"), .beat(employee: "mira", session: "mira-1", idle: 5),
            .upload(key: "n", employee: "mira"), .revoke("u"), .hire("tom", person), .start(employee: "tom"),
        ]
        #expect(losses(writes) { _ in } == [])
        let happened = losses(writes) { found in
            found[.organization] = .named("Port")
            found[.person("mira")] = nil
            found[.session("mira-1")] = .worked(
                Session(employee: "mira", startedAt: "08:00", endedAt: nil, idleSeconds: 13))
            found[.captures(key: "n")] = .stored([
                Capture(file: "uploads/09-00-n.png", employee: "mira", isWhole: true)
            ])
            found[.token("u")] = .revoked
            found[.person("tom")] = .employed(person)
            found[.session("tom-7")] = .worked(
                Session(employee: "tom", startedAt: "09:00", endedAt: nil, idleSeconds: 0))
        }
        #expect(happened == [])
    }

    @Test func aRequestInFlightHappensNeitherHalfNorTwice() {
        let half = losses([.hire("tom", person)]) { found in
            found[.person("tom")] = .employed(Person(name: "Mira", password: nil, intervalSeconds: 120))
        }
        #expect(half.count == 1)
        let twice = losses([.start(employee: "tom")]) { found in
            for id in ["tom-7", "tom-8"] {
                found[.session(id)] = .worked(
                    Session(employee: "tom", startedAt: "09:00", endedAt: nil, idleSeconds: 0))
            }
        }
        #expect(twice.count == 1)
        #expect(losses { $0[.captures(key: "k")] = .stored([capture, capture]) }.count == 1)
        let tooMuch = losses([.beat(employee: "mira", session: "mira-1", idle: 5)]) { found in
            found[.session("mira-1")] = .worked(
                Session(employee: "mira", startedAt: "08:00", endedAt: nil, idleSeconds: 16))
        }
        #expect(tooMuch.count == 1)
    }

    @Test func workThatIsToldOfLaterIsThereOrNotAndGoesOnAsAWhole() {
        let told = Session(employee: "mira", startedAt: "06:00", endedAt: "06:05", idleSeconds: 2)
        let further = Session(employee: "mira", startedAt: "06:00", endedAt: "06:07", idleSeconds: 2)
        let (first, second) = (Write.tell(id: "mira-6", told), Write.tell(id: "mira-6", further))
        #expect(losses([first]) { _ in } == [])
        #expect(losses([first]) { $0[.session("mira-6")] = .worked(told) } == [])
        #expect(losses([first]) { $0[.session("mira-6")] = .worked(further) }.count == 1)
        #expect(losses([first]) { $0[.session("mira-7")] = .worked(told) }.count == 1)
        var ledger = Ledger(kept: [.session("mira-6"): .worked(told)])
        ledger.begin(second)
        ledger.acknowledge(second, .session("mira-6"), .worked(further))
        #expect(ledger.losses == [])
        ledger.compare(with: [.session("mira-6"): .worked(told)], in: "the file")
        #expect(ledger.losses.count == 1)
    }

    @Test func whatWasFoundOnceMustStay() {
        var ledger = Ledger(kept: house)
        ledger.begin(.nameOrganization("Port"))
        var found = house
        found[.organization] = .named("Port")
        ledger.compare(with: found, in: "the file")
        ledger.settle()
        #expect(ledger.losses == [])
        ledger.compare(with: house, in: "the file")
        #expect(ledger.losses.count == 1)
    }

    @Test func whatIsOutOfSightIsNoLoss() {
        var ledger = Ledger(kept: house)
        ledger.compare(with: [:], in: "the file") { $0 == .organization }
        #expect(ledger.losses.count == 1)
    }
}
