import Shared

extension Table {
    /// Columns side by side, aligned by what terminals show; a line of totals.
    /// - Parameter calendar: of the zone in which times are shown.
    func text(in calendar: WorkCalendar) -> String {
        let shown =
            columns.indices.filter { columns[$0].title != nil && !columns[$0].isLong }
            + columns.indices.filter { columns[$0].title != nil && columns[$0].isLong }
        let head = shown.map { columns[$0].title ?? "" }
        var lines = rows.map { row in shown.map { Self.text(of: row[$0], calendar) } }
        if !total.isEmpty { lines.append(shown.map { Self.text(of: total[$0], calendar) }) }
        let widths = head.indices.map { column in
            lines.reduce(CharacterWidth.columns(of: head[column])) { max($0, CharacterWidth.columns(of: $1[column])) }
        }
        let isRight = shown.map { hasNumbers(in: $0) }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, zip(widths, isRight)).map { cell, place in
                let space = String(repeating: " ", count: place.0 - CharacterWidth.columns(of: cell))
                return place.1 ? space + cell : cell + space
            }
            let text = padded.joined(separator: "  ")
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
        return ([head] + lines).map { line($0) + "\n" }.joined()
    }

    private func hasNumbers(in column: Int) -> Bool {
        (rows + [total]).contains { row in
            guard column < row.count else { return false }
            return switch row[column] {
            case .number, .seconds, .minutes: true
            case .empty, .text, .plain, .flag, .time: false
            }
        }
    }

    private static func text(of cell: Cell, _ calendar: WorkCalendar) -> String {
        switch cell {
        case .empty: return ""
        case .text(let text), .plain(let text): return text.printable
        case .number(let number): return String(number)
        case .flag(let flag): return flag ? "yes" : "no"
        case .seconds(let seconds): return duration(seconds)
        case .minutes(let minutes): return duration(minutes * 60)
        case .time(let time, let day):
            let (date, clock) = calendar.local(time)
            return date == day ? clock : "\(date) \(clock)"
        }
    }

    /// `h:mm:ss`.
    static func duration(_ seconds: Int) -> String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let rest = abs(seconds)
        return (seconds < 0 ? "-" : "") + "\(rest / 3600):\(padded(rest / 60 % 60)):\(padded(rest % 60))"
    }
}
