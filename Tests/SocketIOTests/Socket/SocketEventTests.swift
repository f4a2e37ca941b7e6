import JSON
@testable import SocketIO
import Testing

@Suite struct SocketEventTests {
    private func event(_ text: String, _ attachments: [[UInt8]] = []) throws -> SocketEvent {
        SocketEvent(try SocketPacket(EngineMessage(text)).content(attachments))
    }

    @Test func theFirstArgumentsMembersAreReadOrSkippedAsTheyAre() throws {
        let event = try event(#"2["frame",{"image":"iVBORw0KGgo=","skipped":[1,{"a":"]"}],"width":1920},"more"]"#)
        var image: String?
        var width: Int?
        try event.readObject { reader, key throws(JSONError) in
            switch key {
            case "image": image = try reader.text()
            case "width": width = try reader.number().integer
            default: try reader.skipValue()
            }
        }
        #expect(image == "iVBORw0KGgo=")
        #expect(width == 1920)
    }

    @Test(arguments: [#"2["x"]"#, #"2["x",1]"#, #"2["x",[]]"#, #"2["x",null,{}]"#])
    func withoutAnObjectFirstThereIsNothingToRead(text: String) throws {
        let event = try event(text)
        #expect(throws: JSONError.self) {
            try event.readObject { reader, _ throws(JSONError) in try reader.skipValue() }
        }
    }

    @Test func theReadersErrorIsHandedOn() throws {
        let event = try event(#"2["x",{"a":"text"}]"#)
        #expect(throws: JSONError.self) {
            try event.readObject { reader, _ throws(JSONError) in _ = try reader.bool() }
        }
    }

    @Test(arguments: [
        (#"{"a":"1"}"#, "1"), (#"{"b":[1,{"a":"2"}],"a":"1","c":null}"#, "1"), (#"{"a":"1","a":"\u0032"}"#, "2"),
        (#"{"a":"1","a":2}"#, nil), (#"{"a":null}"#, nil), (#"{"a":"\ud800"}"#, nil), ("{}", nil), ("1", nil),
    ])
    func aMembersTextIsThatOfTheLastOfItsName(payload: String, text: String?) throws {
        #expect(try event("2[\"x\",\(payload)]").text("a") == text)
    }

    @Test func eventsAreEqualWhenTheySayTheSame() throws {
        #expect(try event(#"2["x",1]"#) == event(#"2/a,12["x",1]"#))
        #expect(try Set([event(#"2["x",1]"#), event(#"2/a,12["x",1]"#)]).count == 1)
        #expect(try event(#"2["x",1]"#) != event(#"2["x",2]"#))
        let text = #"51-["x",{"_placeholder":true,"num":0}]"#
        #expect(try event(text, [[1]]) == event(text, [[1]]))
        #expect(try event(text, [[1]]) != event(text, [[2]]))
    }

    @Test func onlyPlaceholdersOfWhatCameStandForBytes() throws {
        let content = try event(#"51-["x",{"_placeholder":true,"num":0}]"#, [[7]]).content
        #expect(content.attachment(OutgoingEvent.binary(0)) == [7])
        for value: JSONValue in [
            OutgoingEvent.binary(1), OutgoingEvent.binary(-1), .object(["_placeholder": .bool(true)]), .number(0),
            .null,
            .object(["_placeholder": .bool(false), "num": .number(0)]), .object(["num": .number(0)]),
        ] {
            #expect(content.attachment(value) == nil)
        }
    }
}
