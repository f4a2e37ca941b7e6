import Shared
import Testing

@testable import TrackerServer

struct APIKeyTests {
    @Test func secretsAreFortyThreeCharactersBehindTheirPrefix() throws {
        let secrets = (0..<50).map { _ in APIKey.Secret.make().text }
        #expect(Set(secrets).count == 50)
        for secret in secrets { #expect(secret.wholeMatch(of: /tt_[A-Za-z0-9_-]{43}/) != nil) }
        let secret = try #require(secrets.first)
        #expect(APIKey.Secret(secret)?.digest.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        for text in [
            "", "tt_", String(secret.dropLast()), secret + "x", secret.uppercased(), "xx_" + secret.dropFirst(3),
        ] {
            #expect(APIKey.Secret(text) == nil)
        }
    }

    /// RFC 4648, section 10, without padding.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64URLIsThatOfTheRFC(text: String, encoded: String) {
        #expect(Array(text.utf8).base64URL == encoded)
        #expect([0xFB, 0xFF].base64URL == "-_8")
    }

    @Test func keysAreFoundByWhatTheirSecretsBecome() {
        var keys = APIKeyTable()
        let (a, b) = (SampleChanges.key("a"), SampleChanges.key("b", of: "tom", expiresAt: SampleChanges.time))
        keys.record(a)
        keys.record(b)
        #expect(keys.key(withDigest: "digest of a") == a)
        #expect(keys.all(of: AccountID(stored: "TOM")) == [b])
        keys.note(LastUse(account: a.account, id: "a", time: SampleChanges.time))
        #expect(keys["a"]?.lastUsedAt == SampleChanges.time)
        keys.forgetExpired(at: SampleChanges.time)
        #expect(keys.all.map(\.id) == ["a"])
        #expect(keys.key(withDigest: "digest of b") == nil)
        keys.removeAll(of: a.account)
        #expect(keys.isEmpty)
        #expect(keys.key(withDigest: "digest of a") == nil)
    }
}
