import Shared
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_772_438_700_512, "2026-03-02T08:05:00.512Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_868_799_000, "2000-02-29T23:59:59.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func millisecondsAndTextAreTheSameInstant(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
        #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test func everyDayOfFourCenturiesReadsBack() {
        for day in Int64(-150_000)...150_000 {
            let date = CivilDate(daysSince1970: day)
            #expect(CivilDate(iso8601: date.iso8601) == date)
        }
    }

    @Test(arguments: [
        ("2026-03-02T09:05:00+01:00", "2026-03-02T08:05:00.000Z"),
        ("2026-03-02T03:05:00.5-0500", "2026-03-02T08:05:00.500Z"),
        ("2026-03-02 08:05Z", "2026-03-02T08:05:00.000Z"),
        ("2026-03-02t08:05:00,1239z", "2026-03-02T08:05:00.123Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"),
    ])
    func otherFormsOfISO8601AreRead(text: String, canonical: String) {
        #expect(Timestamp(iso8601: text)?.iso8601 == canonical)
    }

    @Test(arguments: [
        "", "2026", "2026-03-02", "2026-03-02T08:05:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T08:60:00Z", "2026-03-02T08:05:60Z",
        "2026-03-02T08:05:00.Z", "2026-03-02T08:05:00Zx", "+2026-03-02T08:05:00Z", "２026-03-02T08:05:00Z",
        "2026-03-02T08:05:00+1", "0000-01-01T00:30:00+01:00",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }
}
