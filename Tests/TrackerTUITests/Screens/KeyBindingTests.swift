import Testing

@testable import TrackerTUI

struct KeyBindingTests {
    @Test func noKeyDoesTwoThings() {
        let keys = HelpScreen.bindings.flatMap { $0.keys.map(\.key) + ($0.everywhere.map { [$0.key] } ?? []) }
        #expect(Set(keys).count == keys.count)
        let typed = Form.bindings.flatMap { $0.keys.map(\.key) }
        #expect(Set(typed).count == typed.count)
    }

    @Test func whatIsHintedDoesWhatItSays() {
        for binding in HelpScreen.bindings where binding.isHinted {
            #expect(binding.label.count == 1)
            #expect(binding.keys.first?.key == binding.label.first.map { .character($0) })
        }
    }

    @Test func whatIsTypedDoesNothingEverywhere() {
        for character in "qxlspv?hy" {
            #expect(HelpScreen.bindings.actionEverywhere(of: .character(character)) == nil)
        }
        #expect(HelpScreen.bindings.actionEverywhere(of: .control("c")) == .end(.quit))
        #expect(HelpScreen.bindings.actionEverywhere(of: .control("v")) == .endLive)
        #expect(HelpScreen.bindings.actionEverywhere(of: .control("z")) == .suspend)
    }
}
