import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct PasswordChoiceTests {
    private let choice = PasswordChoice(
        account: AccountID(stored: "Mira.Larsen@harbour-freight.example"), organization: "Øre & Sound Shipping")

    @Test(arguments: [
        "          ", "\u{A0}\u{2003}\u{3000}       ", "aaaaaaaaaaaa", "AAAAAaaaaa", "1212121212", "abcdabcdabcd",
        "\u{E5}a\u{30A}\u{C5}\u{E5}\u{E5}\u{E5}\u{E5}\u{E5}\u{E5}\u{E5}",
    ])
    func aPasswordHasFiveDifferentCharacters(password: String) {
        #expect(choice.missing(in: password) == "a text of at least 5 different characters")
    }

    @Test(arguments: [
        "1234567890", "0123456789", "0987654321", "12345678901234567890", "abcdefghij", "ABCdefGHIJ", "zyxwvutsrq",
        "\u{3B1}\u{3B2}\u{3B3}\u{3B4}\u{3B5}\u{3B6}\u{3B7}\u{3B8}\u{3B9}\u{3BA}",
    ])
    func aPasswordIsNoSequence(password: String) {
        #expect(choice.missing(in: password)?.contains("sequence") == true)
    }

    @Test(arguments: ["qwertyuiop", "Password123", "PASSWORD12", "1q2w3e4r5t", "iloveyou123", "administrator"])
    func aPasswordIsNoneThatManyHave(password: String) {
        #expect(choice.missing(in: password)?.contains("guessed first") == true)
    }

    @Test(arguments: [
        "mira.larsen@harbour-freight.example", "MIRA.LARSEN@HARBOUR-FREIGHT.EXAMPLE", "miralarsen", "Mira Larsen",
        "larsen-mira-2026", "harbourfreight", "harbour-freight1!", "Freight1234567890", "\u{F8}resoundshipping",
        "\u{D8}re & Sound Shipping", "shipping 777777777", "mira_larsen_mira_larsen", "sound+mira.99",
    ])
    func aPasswordIsNotReadOffItsAccount(password: String) {
        #expect(choice.missing(in: password)?.contains("little more") == true, "\(password)")
    }

    @Test(arguments: [
        "correct horse battery", "ten chars!", "a freight of seven lemons", "mira's own password", "Zo\u{EB} am Flusse",
        "😀😁😂😃😄🤣😅😆😉😊", "1234567890 and more", "k9tq2z mira larsen", "exchange 4815",
    ])
    func anythingElseIsAllowed(password: String) {
        #expect(choice.missing(in: password) == nil)
    }

    /// Words of three letters say nothing, and an email may be one.
    @Test func shortWordsMayStandInAPassword() {
        let choice = PasswordChoice(account: AccountID(stored: "a@b.io"), organization: "Sea")
        #expect(choice.missing(in: "seaseasea otters") == nil)
        #expect(PasswordChoice(account: AccountID(stored: "5"), organization: "").missing(in: "5 tall oaks") == nil)
    }

    @Test func theRuleOfLengthComesFirst() {
        #expect(choice.missing(in: "aaaa") == PasswordRule.sentence)
        #expect(choice.missing(in: "mira\u{7}larsen") == "a text without control characters")
    }

    /// As it is used: compared with folded passwords that the rule of length allows.
    @Test func theListHoldsOnlyWhatCanBeAsked() {
        #expect(CommonPasswords.all.count == 2419)
        for password in CommonPasswords.all {
            #expect(PasswordRule.allows(password) && password == password.caseFolded, "\(password)")
            #expect(choice.missing(in: password) != nil, "\(password)")
        }
    }

    /// Nobody is refused a password that the server has made.
    @Test func temporaryPasswordsAreAllowed() {
        var generator = SeededGenerator(seed: 18)
        for _ in 0..<1000 {
            #expect(choice.missing(in: TemporaryPassword.make(using: &generator)) == nil)
        }
    }
}
