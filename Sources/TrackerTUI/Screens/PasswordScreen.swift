/// Asks for a password of the employee's own in place of one that the server made.
enum PasswordScreen {
    static func draw(_ form: PasswordForm, isTracking: Bool, into canvas: inout Canvas) {
        canvas.drawTitle("new password")
        let isRoomy = canvas.height >= 20
        let x = max((canvas.width - 70) / 2, 1)
        let columns = min(canvas.width - x - 1, 68)
        let reason =
            "This password is a temporary one. Choose one of your own, with 10 to 256 characters."
            + (isTracking ? " Hours and captures are kept here meanwhile." : "")
        let top = canvas.drawParagraph(reason, x: x, y: isRoomy ? 4 : 2, columns: columns, rows: 3) + (isRoomy ? 1 : 0)
        let labels: [(PasswordForm.Field, String)] = [
            (.current, "Current password"), (.new, "New password"), (.repeated, "New one again"),
        ]
        let spacing = isRoomy ? 2 : 1
        for (row, (field, label)) in labels.enumerated() {
            canvas.drawField(
                label, form[field], x: x, y: top + row * spacing, labelColumns: 18,
                isFocused: form.focus == field && !form.isBusy)
        }
        let y = top + labels.count * spacing + (isRoomy ? 1 : 0)
        if form.isBusy {
            canvas.put("Changing the password...", x: x, y: y, style: .waiting)
        } else if let error = form.error {
            canvas.drawParagraph(error, x: x, y: y, columns: columns, rows: canvas.height - y - 2, style: .bad)
        }
        canvas.drawRule(y: canvas.height - 2)
        canvas.drawHints([("Enter", "change"), ("Tab", "next field"), ("Esc", isTracking ? "later" : "log out")])
    }
}
