import Testing

@testable import TrackerServer

@Suite struct PasswordHasherTests {
    @Test func aPasswordMatchesItsVerifierAndNoOther() async throws {
        let hasher = PasswordHasher(logRounds: 4)
        let verifier = try hasher.verifier(of: "correct horse")
        #expect(try hasher.matches("correct horse", verifier))
        #expect(try !hasher.matches("correct horsf", verifier))
        #expect(try !hasher.matches("", verifier))
        try await hasher.shutDown()
    }

    @Test func aPasswordMatchesHoweverItsCharactersAreComposed() async throws {
        let hasher = PasswordHasher(logRounds: 4)
        let verifier = try hasher.verifier(of: "Zoe\u{308} am Flu\u{DF}")
        for password in ["Zo\u{EB} am Flu\u{DF}", "Zoe\u{308}\u{A0}am Flu\u{DF}"] {
            #expect(try hasher.matches(password, verifier))
        }
        #expect(try !hasher.matches("Zoe am Flu\u{DF}", verifier))
        #expect(try !hasher.matches("Zo\u{EB} am Fluss", verifier))
        try await hasher.shutDown()
    }

    /// scrypt with N = 16, r = 8, p = 1 of the bytes as they came, as earlier versions hashed them.
    @Test func aVerifierOfBytesAsTheyCameStillWorks() async throws {
        let hasher = PasswordHasher(logRounds: 4)
        let verifier = "$scrypt$ln=4,r=8,p=1$c2l4dGVlbiBieXRlcyEhIQ$R4Jyz3MfbHNmNUjGjJUWvaU1JBZ1a431bM903hojINA"
        #expect(try hasher.matches("Zoe\u{308}\u{2003}am Fluss", verifier))
        #expect(try !hasher.matches("Zo\u{EB} am Fluss", verifier))
        try await hasher.shutDown()
    }

    @Test func equalPasswordsHaveDifferentVerifiers() async throws {
        let hasher = PasswordHasher(logRounds: 4)
        #expect(try hasher.verifier(of: "correct horse") != hasher.verifier(of: "correct horse"))
        try await hasher.shutDown()
    }

    @Test func aVerifierOfAnotherCostStillWorks() async throws {
        let (old, new) = (PasswordHasher(logRounds: 4), PasswordHasher(logRounds: 5))
        #expect(try new.matches("correct horse", old.verifier(of: "correct horse")))
        try await old.shutDown()
        try await new.shutDown()
    }

    @Test(arguments: [
        nil, "", "$scrypt$", "$scrypt$ln=99,r=8,p=1$AAAA$AAAA", "$argon2$ln=4,r=8,p=1$AAAA$AAAA",
        "$scrypt$ln=4,r=8,p=1$AAAA$", "$scrypt$ln=4,r=8,p=1$*$AAAA",
    ])
    func nothingMatchesAVerifierThatIsNone(verifier: String?) async throws {
        let hasher = PasswordHasher(logRounds: 4)
        #expect(try !hasher.matches("correct horse", verifier))
        try await hasher.shutDown()
    }

    /// RFC 7914, section 12, the second vector: N = 1024, r = 8, p = 16, its first 32 bytes.
    @Test func theHashIsScrypt() async throws {
        let hasher = PasswordHasher(logRounds: 4)
        let verifier = "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI"
        #expect(try hasher.matches("password", verifier))
        try await hasher.shutDown()
    }

    @Test func temporaryPasswordsCanBeReadAloud() {
        var generator = SystemRandomNumberGenerator()
        let password = TemporaryPassword.make(using: &generator)
        #expect(password.wholeMatch(of: /([a-hjkmnp-z2-9]{5}-){3}[a-hjkmnp-z2-9]{5}/) != nil)
        #expect(TemporaryPassword.make(using: &generator) != password)
    }
}
