import FoundationEssentials
import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

/// Whatever the size of the terminal: what is said of what is recorded, who watches and what is kept can be read to its end.
struct ReadableTests {
    private static let sizes = [(40, 12), (80, 24), (200, 50)]
    /// As long as what certificates, disks and servers make of sentences.
    private static let certificate =
        "The certificate of tracker.harbour.example:8443 is signed by Harbour Office Authority, whom this computer does not "
        + "trust: give that authority's certificate with --ca-file (TRACKER_CA_FILE)."
    private static let refusal =
        "The image was refused: it has 40,000,000 pixels, and this server keeps pictures of at most 33,177,600 pixels."

    /// Presses Up from the newest message to the oldest, and looks for every line of the sentences' messages.
    private func expectReadable(_ scene: Scene, _ sentences: String...) {
        var scene = scene
        var seen = Set(scene.lines)
        var before: Messages.Place?
        repeat {
            before = scene.model.messages.reading
            scene.press(.up)
            seen.formUnion(scene.lines)
        } while scene.model.messages.reading != before
        for sentence in sentences {
            let texts = scene.model.messages.entries.map { $0.words(scene.model.timeOfDay) }
            guard let text = texts.first(where: { $0.contains(sentence) }) else {
                Issue.record("nothing says: \(sentence)")
                continue
            }
            for line in TextWrap.lines(text, columns: scene.model.size.width - 11) {
                #expect(seen.contains { $0.hasSuffix(" " + line) }, "\(line)")
            }
        }
    }

    private func words(_ lines: some Sequence<String>) -> String {
        lines.flatMap { $0.split(separator: " ") }.joined(separator: " ")
    }

    @Test(arguments: sizes)
    func whatIsMissingAndWhy(width: Int, height: Int) {
        var scene = Scene.tracking(width: width, height: height)
        var queue = SpoolStatus.with(pending: 2, aside: 1)
        (queue.keepTrouble, queue.asideReason) = ("No space left on device", Self.refusal)
        scene.on(.captured(.failed(.cannotOpenDisplay(name: "harbour.example:10.0")), epoch: 1, queue: queue), at: 1)
        scene.on(.idleSampled(.failure(.idleOfWayland), taken: Times.at(1).monotonic), at: 1)
        scene.on(.delivered(.putAside(LastCapture.first.id, reason: Self.refusal), epoch: 1, queue: queue), at: 2)
        scene.on(.tick, at: 60)
        scene.work(.failure(.unreachable(Self.certificate)), at: 60)
        expectReadable(
            scene, "The display harbour.example:10.0 cannot be opened", "Idle time is unknown",
            "they are sent from memory", Self.refusal, "hours and captures are kept here: \(Self.certificate)")
        // The roomy screens say so in their rows.
        guard height >= 24 else { return }
        let rows = scene.lines.split { $0.hasPrefix("─ Messages") }[0]
        guard height >= 50 else { return #expect(words(rows).contains("Not reached Last confirmed 00:01:00 ago. The")) }
        for sentence in [Self.certificate, Self.refusal, "What waits is lost if this program ends:"] {
            #expect(words(rows).contains(sentence))
        }
    }

    @Test(arguments: sizes)
    func whyTheServerIsNotReached(width: Int, height: Int) {
        var scene = Scene.tracking(width: width, height: height)
        scene.on(.tick, at: 60)
        scene.work(.failure(.unreachable(Self.certificate)), at: 60)
        expectReadable(scene, Self.certificate)
        if height >= 24 { #expect(words(scene.lines[12...]).contains("00:01:00 ago. \(Self.certificate)")) }
    }

    @Test(arguments: sizes)
    func whyCapturesWait(width: Int, height: Int) {
        var scene = Scene.tracking(width: width, height: height)
        let queue = SpoolStatus.with(pending: 2)
        scene.on(.delivered(.postponed(reason: Self.refusal, retryAfter: nil), epoch: 1, queue: queue), at: 1)
        expectReadable(scene, Self.refusal)
        if height >= 24 { #expect(words(scene.lines[11...]).contains("(364 kB) Not delivered \(Self.refusal)")) }
    }

    @Test(arguments: sizes)
    func whatIsKept(width: Int, height: Int) {
        var scene = Scene.tracking(width: width, height: height)
        var queue = SpoolStatus.with(pending: 12, others: 3, aside: 4, dropped: 2)
        queue.unkept = 1
        scene.on(.tick, at: 12_000)
        scene.work(.failure(.unreachable("No answer.")), at: 12_000)
        scene.on(.captured(.queued(.first), epoch: 1, queue: queue), at: 12_000)
        let text = words(scene.lines)
        for part in ["12 waiting", "3 h 20 min kept", "1 in memory only", "4 put aside", "2 dropped"] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test(arguments: sizes)
    func whoWatches(width: Int, height: Int) {
        var scene = Scene.tracking(width: width, height: height)
        let name = "lena.of.the.long.harbour.office@harbour.example"
        scene.hear(.liveViewInitiated(.init(by: name)))
        #expect(scene.lines[0].contains("LIVE"))
        expectReadable(scene, "Live view started by \(name): your screen is being watched.")
    }

    @Test(arguments: sizes)
    func whyALoginWasRefused(width: Int, height: Int) {
        var scene = Scene(width: width, height: height)
        scene.logIn(.failure(.unreachable(Self.certificate)))
        #expect(words(scene.lines).contains(Self.certificate))

        scene = Scene.tracking(width: width, height: height)
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)))
        scene.press(.character("a"), .enter)
        scene.on(.loginAnswered(attempt: scene.model.login.attempt, .failure(.unreachable(Self.certificate))))
        if height >= 24 { #expect(words(scene.lines).contains(Self.certificate)) }
        // On the small screen the messages are where the question is.
        scene.press(.escape)
        expectReadable(scene, Self.certificate)
    }

    @Test(arguments: sizes)
    func whatBecomesOfHoursWhileThePasswordIsChanged(width: Int, height: Int) {
        var scene = Scene.tracking(width: width, height: height)
        scene.on(.delivered(.passwordExpired, epoch: 1, queue: .with(pending: 1)))
        #expect(words(scene.lines).contains("this one is temporary. Hours and captures are kept meanwhile."))
        scene.press(.paste("secret"), .enter, .enter, .enter)
        #expect(words(scene.lines).contains("The new password must be"))
    }

    @Test(arguments: [(40, 12), (59, 40), (60, 18), (60, 20), (72, 20), (80, 24), (200, 50)])
    func whatIsRecordedAndWhoMayWatch(width: Int, height: Int) {
        var scene = Scene.tracking(width: width, height: height)
        scene.press(.character("?"))
        let text = words(scene.lines)
        #expect(!text.contains("…"))
        let isLong = text.contains("While you are tracking, your whole screen is captured")
        let facts =
            isLong
            ? ["announced here.", "is never recorded.", "a small picture goes out every 5 seconds.", "goes out later."]
            : ["at the interval, idle time; no keys.", "Managers may watch it live: then a red line says who."]
        for fact in facts { #expect(text.contains(fact), "\(scene.lines.joined(separator: "\n"))") }
        if height >= 24, width >= 80 { #expect(isLong) }
    }
}
