import Crypto
import Files
import Foundation
import Glibc

/// Encrypts and decrypts the segments of one file with AES-256-GCM: a segment's nonce has its number and whether it is the
/// last, so that none can be missing, doubled or elsewhere (Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated
/// Encryption and its Nonce-Reuse Misuse-Resistance", 2015: STREAM).
struct SegmentCipher: Sendable {
    private let key: SymmetricKey
    private let noncePrefix: [UInt8]

    init(_ keys: EncryptedImageKeys, _ header: EncryptedHeader) {
        key = keys.segments
        noncePrefix = header.noncePrefix
    }

    private func nonce(_ number: Int, isLast: Bool) throws -> AES.GCM.Nonce {
        let counter = UInt32(number).bigEndian
        return try AES.GCM.Nonce(
            data: noncePrefix + withUnsafeBytes(of: counter) { Array($0) } + [isLast ? 1 : 0])
    }

    /// - Parameters:
    ///   - bytes: ``SegmentLayout/plainSegment``, or at most so many in the last one.
    ///   - output: gets the segment.
    func seal(_ bytes: [UInt8], number: Int, isLast: Bool, into output: inout [UInt8]) throws(FileError) {
        do {
            let box = try AES.GCM.seal(bytes, using: key, nonce: try nonce(number, isLast: isLast))
            output += box.ciphertext
            output += box.tag
        } catch {
            throw FileError(attempt: "encrypt an image", code: EIO, detail: "\(error)")
        }
    }

    /// Nil when it is not this segment of this file.
    func open(_ sealed: ArraySlice<UInt8>, number: Int, isLast: Bool) -> [UInt8]? {
        guard sealed.count >= SegmentLayout.tag else { return nil }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: try nonce(number, isLast: isLast), ciphertext: sealed.dropLast(SegmentLayout.tag),
                tag: sealed.suffix(SegmentLayout.tag))
            return Array(try AES.GCM.open(box, using: key))
        } catch {
            // It has one way to fail: the tag does not fit.
            return nil
        }
    }
}
