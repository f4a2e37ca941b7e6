import Testing

@testable import Capture

@Suite struct PixelFormatTests {
    private func rgb(
        _ format: PixelFormat?, _ bytes: [UInt8], width: Int, bytesPerLine: Int, rows: Int = 1
    ) throws -> [UInt8] {
        var words: [UInt32] = []
        try #require(format).convert(
            bytes.span.bytes, width: width, bytesPerLine: bytesPerLine, rows: rows, into: &words)
        return words.flatMap { [UInt8($0 >> 16), UInt8($0 >> 8 & 255), UInt8($0 & 255)] }
    }

    @Test func plainPixelsAreTakenByTheirMasksNotByTheirOrder() throws {
        let bytes: [UInt8] = [0x30, 0x20, 0x10, 0xff, 0x03, 0x02, 0x01, 0x00]
        let rgbScreen = PixelFormat(
            bitsPerPixel: 32, isBigEndian: false, redMask: 0xff0000, greenMask: 0xff00, blueMask: 0xff)
        #expect(try rgb(rgbScreen, bytes, width: 2, bytesPerLine: 8) == [0x10, 0x20, 0x30, 1, 2, 3])
        let bgrScreen = PixelFormat(
            bitsPerPixel: 32, isBigEndian: false, redMask: 0xff, greenMask: 0xff00, blueMask: 0xff0000)
        #expect(try rgb(bgrScreen, bytes, width: 2, bytesPerLine: 8) == [0x30, 0x20, 0x10, 3, 2, 1])
    }

    @Test func byteOrderOfTheServerIsRespected() throws {
        let wide = PixelFormat(
            bitsPerPixel: 32, isBigEndian: true, redMask: 0xff0000, greenMask: 0xff00, blueMask: 0xff)
        #expect(try rgb(wide, [0xff, 0x10, 0x20, 0x30], width: 1, bytesPerLine: 4) == [0x10, 0x20, 0x30])
        let narrow = PixelFormat(
            bitsPerPixel: 16, isBigEndian: true, redMask: 0xf800, greenMask: 0x7e0, blueMask: 0x1f)
        #expect(try rgb(narrow, [0xf8, 0x00, 0x00, 0x1f], width: 2, bytesPerLine: 4) == [255, 0, 0, 0, 0, 255])
        let three = PixelFormat(
            bitsPerPixel: 24, isBigEndian: true, redMask: 0xff0000, greenMask: 0xff00, blueMask: 0xff)
        #expect(try rgb(three, [1, 2, 3], width: 1, bytesPerLine: 3) == [1, 2, 3])
    }

    @Test func threeBytePixelsAreNotPaddedToFour() throws {
        let format = PixelFormat(
            bitsPerPixel: 24, isBigEndian: false, redMask: 0xff0000, greenMask: 0xff00, blueMask: 0xff)
        #expect(try rgb(format, [3, 2, 1, 6, 5, 4, 0, 0], width: 2, bytesPerLine: 8) == [1, 2, 3, 4, 5, 6])
    }

    @Test func fewerBitsReachFromBlackToWhiteAndAreRounded() throws {
        let format = PixelFormat(
            bitsPerPixel: 16, isBigEndian: false, redMask: 0xf800, greenMask: 0x7e0, blueMask: 0x1f)
        let bytes: [UInt8] = [0x00, 0x00, 0xff, 0xff, 0x00, 0x80, 0x10, 0x04]
        // 16 of 31 is 131.6 of 255; 32 of 63 is 129.5 of 255.
        #expect(try rgb(format, bytes, width: 4, bytesPerLine: 8) == [0, 0, 0, 255, 255, 255, 132, 0, 0, 0, 130, 132])
    }

    @Test func tenBitChannelsAreScaledToEight() throws {
        let format = PixelFormat(
            bitsPerPixel: 32, isBigEndian: false, redMask: 0x3ff0_0000, greenMask: 0xffc00, blueMask: 0x3ff)
        // 1023, 512 and 2 of 1023 are 255, 127.6 and 0.5 of 255.
        let pixel: UInt32 = 1023 << 20 | 512 << 10 | 2
        let bytes = withUnsafeBytes(of: pixel.littleEndian) { [UInt8]($0) }
        #expect(try rgb(format, bytes, width: 1, bytesPerLine: 4) == [255, 128, 0])
    }

    @Test func eightBitPixelsWithMasksAreColours() throws {
        let format = PixelFormat(bitsPerPixel: 8, isBigEndian: false, redMask: 0x07, greenMask: 0x38, blueMask: 0xc0)
        #expect(
            try rgb(format, [0x07, 0x38, 0xc0, 0], width: 3, bytesPerLine: 4) == [255, 0, 0, 0, 255, 0, 0, 0, 255])
    }

    @Test func numbersOfColoursAreLookedUp() throws {
        let format = PixelFormat(bitsPerPixel: 8, colours: [0x010203, 0xff04_0506])
        #expect(try rgb(format, [0, 1, 2, 255], width: 4, bytesPerLine: 4) == [1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0])
        #expect(PixelFormat(bitsPerPixel: 4, colours: [0, 1]) == nil)
    }

    @Test func paddingBetweenRowsIsSkipped() throws {
        let format = PixelFormat(bitsPerPixel: 8, isBigEndian: false, redMask: 0x07, greenMask: 0x38, blueMask: 0xc0)
        let bytes: [UInt8] = [0x07, 0xaa, 0xaa, 0xaa, 0x38, 0xaa, 0xaa, 0xaa]
        #expect(try rgb(format, bytes, width: 1, bytesPerLine: 4, rows: 2) == [255, 0, 0, 0, 255, 0])
    }

    @Test(
        arguments: [
            (8, 0, 0, 0), (32, 0xff0000, 0xff00, 0), (32, 0xff00ff, 0xff00, 0xff), (16, 0xff0000, 0xff00, 0xff),
            (1, 1, 1, 1), (64, 0xff0000, 0xff00, 0xff), (32, 0x1ffff, 0xff00, 0xff),
        ] as [(Int, UInt, UInt, UInt)])
    func layoutsThatAreNotColoursAreRefused(bits: Int, red: UInt, green: UInt, blue: UInt) {
        #expect(
            PixelFormat(bitsPerPixel: bits, isBigEndian: false, redMask: red, greenMask: green, blueMask: blue) == nil)
    }
}
