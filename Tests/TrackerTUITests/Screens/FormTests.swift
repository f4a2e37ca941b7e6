import Testing

@testable import TrackerTUI

struct FormTests {
    private var form = Form(["Name": TextField("Eve"), "Place": TextField(), "Word": TextField(isSecret: true)])

    @Test func theFirstEmptyFieldHasTheFocusOrTheLast() {
        #expect(form.focus == 1)
        #expect(Form(["Name": TextField(), "Place": TextField()]).focus == 0)
        #expect(Form(["Name": TextField("Eve"), "Place": TextField("Home")]).focus == 1)
    }

    @Test mutating func tabAndArrowsGoRound() {
        var seen: [Int] = []
        for key in [Key.tab, .down, .tab, .backTab, .up] {
            #expect(form.handle(key) == .nothing)
            seen.append(form.focus)
        }
        #expect(seen == [2, 0, 1, 0, 2])
    }

    @Test mutating func enterGoesOnAndSubmitsAtTheLastField() {
        #expect(form.handle(.character("x")) == .edited)
        #expect(form.handle(.enter) == .nothing)
        #expect(form.handle(.enter) == .submitted)
        #expect(form.fields.map(\.text.text) == ["Eve", "x", ""])
    }

    @Test mutating func whileTheServerIsAskedItCanOnlyBeLeft() {
        form.send()
        for key in [Key.character("x"), .tab, .enter] { #expect(form.handle(key) == .nothing) }
        #expect(form.focus == 1 && form.fields[1].text.text == "")
        #expect(form.handle(.escape) == .left)
        form.refused("No.")
        #expect(form.error == "No." && !form.isBusy)
        #expect(form.handle(.character("x")) == .edited)
    }

    @Test func itsHintsAreItsKeys() {
        #expect(form.hints(goOn: "sign in", leave: "quit").map(\.key) == ["Enter", "Tab", "Esc"])
        #expect(form.hints(goOn: "sign in", leave: "quit").map(\.action) == ["sign in", "next field", "quit"])
        #expect(Form(["Word": TextField()]).hints(goOn: "a", leave: "b").map(\.key) == ["Enter", "Esc"])
    }

    @Test func aLongTextScrollsSoThatTheCursorIsSeen() {
        var canvas = Canvas(width: 20, height: 1)
        canvas.drawField("Label", TextField("abcdefghijkl"), x: 0, y: 0, labelColumns: 10, isFocused: true)
        #expect(canvas.lines == ["Label     efghijkl"])
        #expect(canvas.cursor == Canvas.Position(x: 18, y: 0))
    }
}
