/// Asks who works, and where the server is.
enum LoginScreen {
    static func draw(_ form: LoginForm, into canvas: inout Canvas) {
        canvas.drawTitle("sign in")
        let x = max((canvas.width - 64) / 2, 1)
        let top = canvas.height >= 20 ? 5 : 2
        let labels: [(LoginForm.Field, String)] = [(.server, "Server"), (.email, "Email"), (.password, "Password")]
        let spacing = canvas.height >= 20 ? 2 : 1
        for (row, (field, label)) in labels.enumerated() {
            canvas.drawField(
                label, form[field], x: x, y: top + row * spacing, labelColumns: 10,
                isFocused: form.focus == field && !form.isBusy)
        }
        let origin = form.shownOrigin
        let y = top + labels.count * spacing + (spacing == 1 && origin == nil ? 0 : 1)
        let columns = min(canvas.width - x - 1, 62)
        if let origin {
            // Below its field, or where the small screen has a row.
            let text = TextWrap.shortened("from \(origin)", columns: columns - 10)
            canvas.put(text, x: x + 10, y: spacing == 2 ? top + 1 : y - 1, style: .faint)
        }
        let (text, style): (String, Style) =
            if form.isBusy {
                ("Signing in...", .waiting)
            } else if let error = form.error {
                (error, .bad)
            } else {
                (form.notes.joined(separator: " "), .waiting)
            }
        let rows = canvas.height - y - 1
        let next = canvas.drawParagraph(text, x: x, y: y, columns: columns, rows: rows, style: style)
        // A long sentence needs its row.
        if next < canvas.height - 1 { canvas.drawRule(y: canvas.height - 2) }
        canvas.drawHints(
            form.isBusy
                ? [("Esc", "cancel")] : [("Enter", "sign in"), ("Tab", "next field"), ("Esc", "quit")])
    }
}
