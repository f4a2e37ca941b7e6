import Shared

/// The employee ids of a file that is loaded: each spelling once in memory, with the account that it names.
struct Spellings: Sendable {
    private(set) var accounts: [AccountID] = []
    private var numbersByAccount: [AccountID: Int] = [:]
    private var numbers: [String: (text: String, number: Int)] = [:]

    /// The same text, sharing its memory with every other of its kind.
    mutating func shared(_ text: String) -> String { entry(text).text }

    /// The account's place in ``accounts``.
    mutating func number(_ text: String) -> Int { entry(text).number }

    mutating func account(_ text: String) -> AccountID { accounts[number(text)] }

    private mutating func entry(_ text: String) -> (text: String, number: Int) {
        if let known = numbers[text] {
            // Another form of the same characters, as Unicode has them, stays what it is.
            return (known.text.utf8.elementsEqual(text.utf8) ? known.text : text, known.number)
        }
        let account = AccountID(stored: text)
        let number = numbersByAccount[account] ?? accounts.count
        if number == accounts.count {
            accounts.append(account)
            numbersByAccount[account] = number
        }
        numbers[text] = (text, number)
        return (text, number)
    }
}
