/// Asks who works, and where the server is.
enum LoginScreen {
    static func draw(_ form: LoginForm, into canvas: inout Canvas) {
        canvas.drawTitle("sign in")
        let x = max((canvas.width - 64) / 2, 1)
        let top = canvas.height >= 20 ? 5 : 3
        let labels: [(LoginForm.Field, String)] = [(.server, "Server"), (.email, "Email"), (.password, "Password")]
        let spacing = canvas.height >= 20 ? 2 : 1
        for (row, (field, label)) in labels.enumerated() {
            canvas.drawField(
                label, form[field], x: x, y: top + row * spacing, labelColumns: 10,
                isFocused: form.focus == field && !form.isBusy)
        }
        let y = top + labels.count * spacing + 1
        let columns = min(canvas.width - x - 1, 62)
        if let origin = form.shownOrigin {
            // Below its field, or where the small screen has a row.
            let text = TextWrap.shortened("from \(origin)", columns: columns - 10)
            canvas.put(text, x: x + 10, y: spacing == 2 ? top + 1 : y - 1, style: .faint)
        }
        if form.isBusy {
            canvas.put("Signing in...", x: x, y: y, style: .waiting)
        } else if let error = form.error {
            canvas.drawParagraph(error, x: x, y: y, columns: columns, rows: canvas.height - y - 2, style: .bad)
        } else if !form.notes.isEmpty {
            let text = form.notes.joined(separator: " ")
            canvas.drawParagraph(text, x: x, y: y, columns: columns, rows: canvas.height - y - 2, style: .waiting)
        }
        canvas.drawRule(y: canvas.height - 2)
        canvas.drawHints(
            form.isBusy
                ? [("Esc", "cancel")] : [("Enter", "sign in"), ("Tab", "next field"), ("Esc", "quit")])
    }
}
