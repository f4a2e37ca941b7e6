import Files
import Glibc

/// What the system says of the process and of its disks; nil where it does not answer.
struct SystemReadings: Sendable {
    /// Bytes of the process that are in RAM.
    let residentMemory: Int?
    /// Bytes for the data files, and for the images.
    let freeForData: UInt64?
    let freeForUploads: UInt64?

    /// Blocks: a disk may take its time.
    init(_ layout: StoreLayout) {
        residentMemory = Self.residentMemory()
        freeForData = Self.freeBytes(of: layout.dataFolder)
        freeForUploads = Self.freeBytes(of: layout.uploadFolder)
    }

    private static func freeBytes(of folder: String) -> UInt64? {
        do throws(StoreError) { return try StoreLayout.freeBytes(of: folder) } catch { return nil }
    }

    /// The second number of `/proc/self/statm` (proc(5)), which counts pages.
    private static func residentMemory() -> Int? {
        do throws(FileError) {
            let text = try OpenFile("/proc/self/statm", O_RDONLY).read(count: 256, from: 0)
            let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
            guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
            return pages * Int(getpagesize())
        } catch {
            return nil
        }
    }
}
