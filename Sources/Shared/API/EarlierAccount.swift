import JSON

/// The mark of what is older than the account of its id: it is about another person, who had an account of that id before.
/// Only managers see such things; what is not marked has no such member.
enum EarlierAccount {
    static let key: JSONString = "earlierAccount"
}

extension JSONObject {
    mutating func markEarlierAccount(_ isEarlier: Bool) {
        if isEarlier { self[EarlierAccount.key] = .bool(true) }
    }
}
