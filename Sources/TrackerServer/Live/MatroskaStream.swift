import NIOCore
import Shared

/// Images as a video without an end that players show as they come: EBML (RFC 8794) with Matroska's elements (RFC 9559), one
/// track, a cluster an image. Players built on ffmpeg take a multipart stream for JPEG, and wait for many images of a stream
/// that has no times; of this they show the first at once.
struct MatroskaStream: Sendable {
    /// What the images are; a stream has one kind.
    let format: ImageFormat

    /// What comes before the first image.
    /// - Parameter first: as large as the video is said to be; others may be of another size.
    func head(_ first: [UInt8]) -> ByteBuffer {
        let size = size(of: first)
        var buffer = ByteBuffer()
        buffer.writeElement(0x1A45_DFA3) {
            $0.writeElement(0x4286, 1)  // EBMLVersion
            $0.writeElement(0x42F7, 1)  // EBMLReadVersion
            $0.writeElement(0x42F2, 4)  // EBMLMaxIDLength
            $0.writeElement(0x42F3, 8)  // EBMLMaxSizeLength
            $0.writeElement(0x4282, "matroska")  // DocType
            $0.writeElement(0x4287, 4)  // DocTypeVersion
            $0.writeElement(0x4285, 2)  // DocTypeReadVersion
        }
        // The segment ends with the connection: its size is the one that says "unknown".
        buffer.writeInteger(UInt32(0x1853_8067))
        buffer.writeInteger(UInt64(0x01FF_FFFF_FFFF_FFFF))
        buffer.writeElement(0x1549_A966) {
            $0.writeElement(0x2AD7B1, 1_000_000)  // TimestampScale: milliseconds
            $0.writeElement(0x4D80, "TrackerServer")  // MuxingApp
            $0.writeElement(0x5741, "TrackerServer")  // WritingApp
        }
        buffer.writeElement(0x1654_AE6B) {
            $0.writeElement(0xAE) { track in
                track.writeElement(0xD7, 1)  // TrackNumber
                track.writeElement(0x73C5, 1)  // TrackUID
                track.writeElement(0x83, 1)  // TrackType: video
                track.writeElement(0x9C, 0)  // FlagLacing
                track.writeElement(0x86, "V_MS/VFW/FOURCC")  // CodecID
                track.writeElement(0x63A2) { $0.writeBitmapInfo(size, format) }  // CodecPrivate
                track.writeElement(0x23E383, 1_000_000_000)  // DefaultDuration: nanoseconds
                track.writeElement(0xE0) {
                    $0.writeElement(0xB0, UInt64(size.width))  // PixelWidth
                    $0.writeElement(0xBA, UInt64(size.height))  // PixelHeight
                }
            }
        }
        return buffer
    }

    /// By IHDR (PNG specification, 11.2.1); for a JPEG it is the largest that a live frame has.
    private func size(of image: [UInt8]) -> (width: UInt32, height: UInt32) {
        var header = ByteBuffer(bytes: image.prefix(24))
        header.moveReaderIndex(forwardBy: min(16, header.readableBytes))
        guard format == .png, let (width, height) = header.readMultipleIntegers(as: (UInt32, UInt32).self) else {
            return (UInt32(LiveViewFrame.largestWidth), UInt32(LiveViewFrame.largestHeight))
        }
        return (width, height)
    }

    /// - Parameter time: since the first image.
    func cluster(_ image: [UInt8], at time: Duration) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeElement(0x1F43_B675) {
            $0.writeElement(0xE7, UInt64(max(0, time / .milliseconds(1))))  // Timestamp
            $0.writeElement(0xA3) { block in  // SimpleBlock
                // Track 1, the cluster's own time, a key frame.
                block.writeBytes([0x81, 0, 0, 0x80])
                block.writeBytes(image)
            }
        }
        return buffer
    }
}

extension ByteBuffer {
    /// An element: its id as it is written, its size in eight bytes, its content.
    fileprivate mutating func writeElement(_ id: UInt32, _ content: (inout ByteBuffer) -> Void) {
        var inner = ByteBuffer()
        content(&inner)
        let bytes = withUnsafeBytes(of: id.bigEndian) { Array($0.drop { $0 == 0 }) }
        writeBytes(bytes)
        writeInteger(UInt64(inner.readableBytes) | 1 << 56)
        writeBuffer(&inner)
    }

    fileprivate mutating func writeElement(_ id: UInt32, _ text: String) { writeElement(id) { $0.writeString(text) } }
    fileprivate mutating func writeElement(_ id: UInt32, _ number: UInt64) {
        writeElement(id) { $0.writeInteger(number) }
    }

    /// The BITMAPINFOHEADER of Windows, which names the codec of `V_MS/VFW/FOURCC`.
    fileprivate mutating func writeBitmapInfo(_ size: (width: UInt32, height: UInt32), _ format: ImageFormat) {
        writeMultipleIntegers(UInt32(40), size.width, size.height, UInt32(1 | 24 << 16), endianness: .little)
        writeString(format == .png ? "MPNG" : "MJPG")
        // The size of a picture that is not compressed, and what printers and palettes want: players do not look.
        writeRepeatingByte(0, count: 20)
    }
}
