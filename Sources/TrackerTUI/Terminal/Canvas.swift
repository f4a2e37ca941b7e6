// Terminal: what the screen and the keyboard are to the rest of the client. Canvas is a picture made of cells, Key is what
// was pressed, Terminal is the role; CursesTerminal alone knows ncurses.

import Shared

/// A picture of the whole terminal as cells. Everything that is drawn goes through ``put(_:x:y:style:columns:)``, which lets no
/// control character pass.
struct Canvas: Equatable, Sendable {
    struct Cell: Equatable, Sendable {
        /// Nil in the second column of a wide character.
        var character: Character?
        var style: Style

        static let blank = Cell(character: " ", style: .plain)
    }

    let width: Int
    let height: Int
    let glyphs: Glyphs
    /// Row by row.
    private(set) var cells: [Cell]
    /// Where the terminal's cursor stands; nil hides it.
    var cursor: Position?

    struct Position: Equatable, Sendable {
        var x: Int
        var y: Int
    }

    init(width: Int, height: Int, glyphs: Glyphs = .unicode) {
        self.width = max(width, 0)
        self.height = max(height, 0)
        self.glyphs = glyphs
        cells = Array(repeating: .blank, count: self.width * self.height)
    }

    func cell(x: Int, y: Int) -> Cell { cells[y * width + x] }

    /// Writes `text` from column `x` of row `y` on, cut at `columns` and at the edge. Characters without width are left out; a
    /// wide one that does not fit is not begun. In ASCII everything else becomes `?`, an
    /// ellipsis `~`.
    ///
    /// - Returns: the column after the text.
    @discardableResult
    mutating func put(_ text: String, x: Int, y: Int, style: Style = .plain, columns: Int = .max) -> Int {
        guard (0..<height).contains(y), x >= 0 else { return x }
        let end = columns < width - x ? x + max(columns, 0) : width
        var column = x
        for character in text {
            let size = CharacterWidth.columns(of: character)
            guard size > 0 else { continue }
            guard column + size <= end else { break }
            set(character, size: size, x: column, y: y, style: style)
            column += size
        }
        return column
    }

    mutating func fill(_ character: Character, x: Int, y: Int, columns: Int, style: Style = .plain) {
        put(String(repeating: character, count: max(columns, 0)), x: x, y: y, style: style)
    }

    /// Puts a picture of the same width in, with its cursor; what does not fit below is cut.
    mutating func place(_ other: Canvas, y: Int) {
        precondition(other.width == width && y >= 0)
        let rows = min(other.height, height - y)
        guard rows > 0 else { return }
        cells.replaceSubrange((y * width)..<((y + rows) * width), with: other.cells[..<(rows * width)])
        cursor = other.cursor.flatMap { $0.y < rows ? Position(x: $0.x, y: $0.y + y) : nil }
    }

    private mutating func set(_ character: Character, size: Int, x: Int, y: Int, style: Style) {
        let row = y * width
        // Half of a wide character is no character.
        if cells[row + x].character == nil, x > 0 { cells[row + x - 1].character = " " }
        if x + size < width, cells[row + x + size].character == nil { cells[row + x + size].character = " " }
        if glyphs.isASCII, !character.isASCII {
            let substitute: Character = character == "…" ? "~" : "?"
            for offset in 0..<size { cells[row + x + offset] = Cell(character: substitute, style: style) }
            return
        }
        cells[row + x] = Cell(character: character, style: style)
        if size == 2 { cells[row + x + 1] = Cell(character: nil, style: style) }
    }

    /// The rows as text, without the spaces at their ends.
    var lines: [String] {
        (0..<height).map { y in
            var line = String(cells[(y * width)..<((y + 1) * width)].compactMap(\.character))
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
