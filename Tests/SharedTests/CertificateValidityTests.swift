import Shared
import TestSupport
import Testing

struct CertificateValidityTests {
    @Test func timesAreReadOffTheCertificate() {
        func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            let length = UInt16(content.count)
            let size = length < 128 ? [UInt8(length)] : [0x82, UInt8(length >> 8), UInt8(length & 255)]
            return [tag] + size + content
        }
        func certificate(_ times: [UInt8], version: [UInt8] = [0xA0, 3, 2, 1, 2]) -> [UInt8] {
            let serial = element(2, [7])
            let fields = version + serial + element(0x30, []) + element(0x30, Array(repeating: 0x20, count: 200))
            return element(0x30, element(0x30, fields + element(0x30, times)))
        }
        let short = element(0x17, Array("491231235959Z".utf8))
        let long = element(0x18, Array("20501231235959Z".utf8))
        for version in [[0xA0, 3, 2, 1, 2] as [UInt8], []] {
            let read = CertificateValidity(der: certificate(short + long, version: version))
            #expect(read?.from.iso8601 == "2049-12-31T23:59:59.000Z")
            #expect(read?.until.iso8601 == "2050-12-31T23:59:59.000Z")
        }
        let old = CertificateValidity(der: certificate(element(0x17, Array("500101000000Z".utf8)) + long))
        #expect(old?.from.iso8601 == "1950-01-01T00:00:00.000Z")
        for times in [[], short, short + element(0x18, Array("99999999999999Z".utf8)), short + element(2, [1])] {
            #expect(CertificateValidity(der: certificate(times)) == nil)
        }
        // Whatever it is, reading it ends.
        let whole = certificate(short + long)
        for end in 0..<whole.count { #expect(CertificateValidity(der: Array(whole[..<end])) == nil) }
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<3 {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = .random(in: 0...255, using: &generator)
            }
            _ = CertificateValidity(der: bytes)
        }
    }
}
