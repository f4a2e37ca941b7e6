/// Asks for a password of the employee's own in place of one that the server made.
enum PasswordScreen {
    static func draw(_ form: PasswordForm, isTracking: Bool, into canvas: inout Canvas) {
        canvas.drawTitle("new password")
        let isRoomy = canvas.height >= 20
        let x = max((canvas.width - 70) / 2, 1)
        let columns = min(canvas.width - x - 1, 68)
        let reason =
            "Choose a password of your own, 10 to 256 characters: this one is temporary."
            + (isTracking ? " Hours and captures are kept meanwhile." : "")
        let news: (text: String, style: Style)? =
            form.isBusy ? ("Changing the password...", .waiting) : form.error.map { ($0, .bad) }
        let labels: [(PasswordForm.Field, String)] = [
            (.current, "Current password"), (.new, "New password"), (.repeated, "New one again"),
        ]
        let spacing = isRoomy ? 2 : 1
        var top = canvas.height - 2 - labels.count
        if isRoomy {
            top = canvas.drawParagraph(reason, x: x, y: 4, columns: columns, rows: 4) + 1
            let y = top + labels.count * spacing + 1
            if let news {
                let rows = canvas.height - y - 2
                canvas.drawParagraph(news.text, x: x, y: y, columns: columns, rows: rows, style: news.style)
            }
        } else {
            // What is new stands in the place of why the form is there.
            let (text, style) = news ?? (reason, .plain)
            canvas.drawParagraph(text, x: x, y: 2, columns: columns, rows: top - 2, style: style)
        }
        for (row, (field, label)) in labels.enumerated() {
            canvas.drawField(
                label, form[field], x: x, y: top + row * spacing, labelColumns: 18,
                isFocused: form.focus == field && !form.isBusy)
        }
        canvas.drawRule(y: canvas.height - 2)
        canvas.drawHints([("Enter", "change"), ("Tab", "next field"), ("Esc", isTracking ? "later" : "log out")])
    }
}
