import Shared
import Testing

@testable import TrackerServer

struct LookMemoryTests {
    private static let max = AccountID(stored: "max")
    private static let ada = AccountID(stored: "ada")
    private static let start = SampleChanges.time

    private static func record(_ number: Int, of employee: String = "eva") -> UploadRecord {
        UploadRecord(
            file: "uploads/\(employee)-\(number).png", employeeID: employee, ts: start.adding(seconds: number * 60))
    }

    private static func picture(
        _ number: Int, of employee: String = "eva", width: Int? = nil, isPart: Bool = false
    ) -> LookMemory.Picture {
        LookMemory.Picture(record: record(number, of: employee), width: width, isPart: isPart)
    }

    @Test func aWholePictureIsALookEachTime() {
        var memory = LookMemory()
        for seconds in [0, 1, 1] {
            #expect(
                memory.look(at: Self.picture(1), by: Self.max, at: Self.start.adding(seconds: seconds))
                    == .image(Self.record(1), width: nil))
        }
    }

    @Test func partsBelongToTheViewersLookOfThatMinute() {
        var memory = LookMemory()
        let part = Self.picture(1, isPart: true)
        #expect(memory.look(at: part, by: Self.max, at: Self.start) != nil)
        #expect(memory.look(at: part, by: Self.max, at: Self.start.adding(milliseconds: 59_999)) == nil)
        #expect(memory.look(at: part, by: Self.max, at: Self.start.adding(milliseconds: 60_000)) != nil)
        #expect(memory.look(at: part, by: Self.max, at: Self.start.adding(milliseconds: 119_999)) == nil)
        #expect(memory.look(at: part, by: Self.ada, at: Self.start.adding(seconds: 60)) != nil)
        #expect(memory.look(at: Self.picture(2, isPart: true), by: Self.max, at: Self.start.adding(seconds: 60)) != nil)
        // A clock that is set back hides nothing.
        #expect(memory.look(at: part, by: Self.max, at: Self.start) != nil)
    }

    @Test func smallPicturesOfAPageAreOneLookForEachEmployee() {
        var memory = LookMemory()
        let records = [Self.record(3), Self.record(2, of: "tom"), Self.record(1)]
        memory.listed(records, to: Self.max, at: Self.start)
        #expect(
            memory.look(at: Self.picture(3, width: 160), by: Self.max, at: Self.start)
                == .thumbnails(employee: "eva", from: records[2].ts, to: records[0].ts, count: 2))
        #expect(memory.look(at: Self.picture(1, width: 320), by: Self.max, at: Self.start) == nil)
        #expect(
            memory.look(at: Self.picture(2, of: "tom", width: 320), by: Self.max, at: Self.start)
                == .thumbnails(employee: "tom", from: records[1].ts, to: records[1].ts, count: 1))
        // Another page, and another look.
        memory.listed(records, to: Self.max, at: Self.start.adding(seconds: 1))
        #expect(memory.look(at: Self.picture(3, width: 160), by: Self.max, at: Self.start.adding(seconds: 2)) != nil)
    }

    @Test func whatIsOnNoPageIsALookOfItsOwn() {
        var memory = LookMemory()
        memory.listed([Self.record(3), Self.record(2)], to: Self.max, at: Self.start)
        let single = LookMemory.Look.thumbnails(
            employee: "eva", from: Self.record(1).ts, to: Self.record(1).ts, count: 1)
        #expect(memory.look(at: Self.picture(1, width: 160), by: Self.max, at: Self.start) == single)
        #expect(memory.look(at: Self.picture(1, width: 160), by: Self.max, at: Self.start) == single)
        #expect(memory.look(at: Self.picture(1, width: 160, isPart: true), by: Self.max, at: Self.start) == nil)
        // Another's page is not one's own.
        #expect(memory.look(at: Self.picture(3, width: 160), by: Self.ada, at: Self.start) != nil)
        // A page is not good for ever.
        let later = Self.start.adding(milliseconds: LookMemory.pageLifetime)
        #expect(memory.look(at: Self.picture(3, width: 160), by: Self.max, at: later) != nil)
        #expect(memory.look(at: Self.picture(3, width: 160), by: Self.max, at: later) != nil)
    }

    @Test func aPictureThatCanBeReadIsAnImageWhateverPageItIsOn() {
        var memory = LookMemory()
        memory.listed([Self.record(1)], to: Self.max, at: Self.start)
        #expect(
            memory.look(at: Self.picture(1, width: 640), by: Self.max, at: Self.start)
                == .image(Self.record(1), width: 640))
        #expect(memory.look(at: Self.picture(1), by: Self.max, at: Self.start) == .image(Self.record(1), width: nil))
    }

    @Test func whatCouldNotBeToldIsToldTheNextTime() {
        var memory = LookMemory()
        memory.listed([Self.record(1)], to: Self.max, at: Self.start)
        for picture in [Self.picture(1, width: 160), Self.picture(2, isPart: true)] {
            #expect(memory.look(at: picture, by: Self.max, at: Self.start) != nil)
            #expect(memory.look(at: picture, by: Self.max, at: Self.start) == nil)
            memory.forget(picture, by: Self.max)
            #expect(memory.look(at: picture, by: Self.max, at: Self.start) != nil)
        }
    }

    @Test func memoryEndsAndForgettingMakesALineMore() {
        var memory = LookMemory()
        for number in 0...LookMemory.remembered {
            #expect(memory.look(at: Self.picture(number, isPart: true), by: Self.max, at: Self.start) != nil)
        }
        #expect(memory.look(at: Self.picture(LookMemory.remembered, isPart: true), by: Self.max, at: Self.start) == nil)
        #expect(memory.look(at: Self.picture(0, isPart: true), by: Self.max, at: Self.start) != nil)
        for page in 0...LookMemory.rememberedPages {
            memory.listed([Self.record(page, of: "tom")], to: Self.max, at: Self.start)
        }
        let look = { (number: Int, memory: inout LookMemory) in
            _ = memory.look(at: Self.picture(number, of: "tom", width: 160), by: Self.max, at: Self.start)
            return memory.look(at: Self.picture(number, of: "tom", width: 160), by: Self.max, at: Self.start)
        }
        #expect(look(1, &memory) == nil)
        #expect(look(0, &memory) != nil)
    }
}
