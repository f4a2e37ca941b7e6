import Crypto
import Shared
import Testing

@testable import TrackerServer

struct OneTimeCodeTests {
    private static let secret = Array("12345678901234567890".utf8)

    /// RFC 6238, appendix B, the rows of SHA-1.
    @Test(arguments: [
        (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ])
    func codesAreThoseOfTheRFC(seconds: Int, code: String) {
        let step = OneTimeCode.step(at: Timestamp(milliseconds: Int64(seconds) * 1000 + 999))
        #expect(OneTimeCode.code(Self.secret, step: step, digits: 8) == code)
        #expect(OneTimeCode.code(Self.secret, step: step) == String(code.suffix(6)))
    }

    /// RFC 4226, appendix D.
    @Test func codesAreThoseOfTheRFCBelowIt() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        #expect((0..<10).map { OneTimeCode.code(Self.secret, step: $0) } == codes)
    }

    @Test func aClockMayBeOneStepOff() {
        let now = Timestamp(milliseconds: 1_111_111_109_000)
        let current = OneTimeCode.step(at: now)
        func step(_ offset: Int, after last: Int? = nil) -> Int? {
            let code = OneTimeCode.code(Self.secret, step: current + offset)
            return OneTimeCode.step(of: code, Self.secret, at: now, after: last).map { $0 - current }
        }
        #expect((-3...3).map { step($0) } == [nil, nil, -1, 0, 1, nil, nil])
        #expect((-1...1).map { step($0, after: current) } == [nil, nil, 1])
        #expect((-1...1).map { step($0, after: current - 1) } == [nil, 0, 1])
        for code in ["", "00000", "0000000", "abcdef"] {
            #expect(OneTimeCode.step(of: code, Self.secret, at: now, after: nil) == nil)
        }
    }

    /// RFC 4648, section 10, without padding.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func base32IsThatOfTheRFC(text: String, encoded: String) {
        #expect(Array(text.utf8).base32 == encoded)
    }

    @Test func recoveryCodesAreTypedAnyHow() {
        var generator = SystemRandomNumberGenerator()
        let codes = RecoveryCode.make(using: &generator)
        #expect(Set(codes).count == 8)
        for code in codes {
            #expect(code.wholeMatch(of: /[a-z2-9]{4}(-[a-z2-9]{4}){3}/) != nil)
            let typed = " " + code.uppercased().replacing("-", with: " ") + "\n"
            #expect(RecoveryCode.digest(of: typed) == RecoveryCode.digest(of: code))
        }
    }

    @Test func aSecretIsReadUnderItsKeyForItsAccountAlone() throws {
        let seal = FactorSeal(secret: Array(repeating: 1, count: 32))
        let (mira, tom) = (AccountID(stored: "Mira"), AccountID(stored: "tom"))
        let text = try seal.seal(Self.secret, of: mira)
        #expect(try seal.open(text, of: AccountID(stored: "mira")) == Self.secret)
        #expect(try seal.seal(Self.secret, of: mira) != text, "not twice the same")
        #expect(throws: FactorSeal.Unreadable.self) { try seal.open(text, of: tom) }
        #expect(throws: FactorSeal.Unreadable.self) {
            try FactorSeal(secret: Array(repeating: 2, count: 32)).open(text, of: mira)
        }
        for text in ["", "x", "AAAA"] {
            #expect(throws: FactorSeal.Unreadable.self) { try seal.open(text, of: mira) }
        }
    }
}
