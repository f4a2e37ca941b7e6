import Shared
import Testing

@testable import TrackerTUI

struct DeliveryVerdictTests {
    @Test(
        arguments: [
            (201, true, nil, DeliveryVerdict.taken), (200, true, nil, .taken), (200, false, nil, .later),
            (401, true, .invalidToken, .untilLogin), (401, true, nil, .untilLogin), (401, false, nil, .later),
            (403, true, .passwordChangeRequired, .untilPasswordChange), (403, true, .forbidden, .aside),
            (403, true, nil, .aside), (403, false, nil, .later), (404, true, .notFound, .aside),
            (404, true, nil, .aside),
            (404, false, nil, .later), (408, true, .requestTimeout, .later), (408, false, nil, .later),
            (425, true, nil, .later), (425, false, nil, .later), (429, true, .tooManyAttempts, .later),
            (429, true, .tooManyUploads, .later),
            (429, false, nil, .later), (413, true, .payloadTooLarge, .aside), (413, false, nil, .aside),
            (400, true, .invalidField, .aside), (400, false, nil, .aside), (409, true, .conflict, .aside),
            (415, true, .unsupportedMediaType, .aside), (415, false, nil, .aside), (422, false, nil, .aside),
            (431, false, nil, .aside), (301, false, nil, .later), (302, false, nil, .later), (308, false, nil, .later),
            (500, true, .internal, .later), (502, false, nil, .later), (503, true, .storageUnavailable, .later),
            (507, true, .storageFull, .later), (999, false, nil, .later),
        ] as [(Int, Bool, APIError.Code?, DeliveryVerdict)])
    func anAnswerMeansOneThing(status: Int, isOurs: Bool, code: APIError.Code?, verdict: DeliveryVerdict) {
        #expect(DeliveryVerdict(status: status, isOurs: isOurs, code: code) == verdict)
    }

    @Test func noAnswerAtAllMeansLater() {
        #expect(TrackerAPIError.unreachable("Gone.").verdict == .later)
        #expect(TrackerAPIError.notSent("No.").verdict == .later)
        #expect(TrackerAPIError.notUnderstood("What?", status: 413).verdict == .aside)
        #expect(TrackerAPIError.notUnderstood("What?", status: 403).verdict == .later)
    }
}
