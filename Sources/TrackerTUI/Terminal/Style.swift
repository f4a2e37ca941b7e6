/// How a cell looks. Colour is never the only sign of anything: without colours the words remain.
struct Style: Equatable, Sendable {
    enum Color: Int, Sendable, CaseIterable {
        case normal, red, green, yellow, cyan
    }

    var color: Color = .normal
    var isBold = false
    var isDim = false
    var isReverse = false

    static let plain = Style()
    static let strong = Style(isBold: true)
    static let faint = Style(isDim: true)
    static let selected = Style(isReverse: true)
    static let good = Style(color: .green, isBold: true)
    static let waiting = Style(color: .yellow, isBold: true)
    static let bad = Style(color: .red, isBold: true)
    static let question = Style(color: .yellow, isBold: true, isReverse: true)
    static let accent = Style(color: .cyan)
}

/// The characters that pictures are made of, in Unicode or in ASCII.
struct Glyphs: Equatable, Sendable {
    var isASCII: Bool
    var horizontal: Character
    var barFull: Character
    var barEmpty: Character
    var dot: Character
    var secret: Character
    var separator: String

    static let unicode = Glyphs(
        isASCII: false, horizontal: "─", barFull: "█", barEmpty: "░", dot: "●", secret: "•", separator: " · ")
    static let ascii = Glyphs(
        isASCII: true, horizontal: "-", barFull: "#", barEmpty: ".", dot: "*", secret: "*", separator: " - ")
}
