import CX11
import Glibc

/// A small memory segment into which the X server writes one band of the screen after another (MIT-SHM).
///
/// Small and reused because nearly all the cost of a segment is page faults at its first use: a band of half a
/// megabyte stays in the processor's cache, a whole screen does not.
final class SharedBand {
    /// Why the segment cannot be used, in words. Not an error of the capture: the screen is then read without it.
    struct Refusal: Error {
        let reason: String
    }

    /// Bytes. More than the longest row that the protocol allows (32,767 pixels of 4 bytes).
    static let size = 512 * 1024

    private let connection: X11Connection
    /// Every image made with it keeps this address.
    private let info: UnsafeMutablePointer<XShmSegmentInfo>
    private var mappedBytes = 0

    init(_ connection: X11Connection) throws(Refusal) {
        guard connection.offersSharedMemory else {
            throw Refusal(reason: "the X server does not offer MIT-SHM")
        }
        let segment = try Self.makeSegment()
        self.connection = connection
        info = .allocate(capacity: 1)
        info.initialize(to: segment)
        _ = connection.takeError()
        XShmAttach(connection.display, info)
        // A server that cannot attach, for example in another container, says so only after this request.
        XSync(connection.display, 0)
        if let error = connection.takeError() {
            throw Refusal(reason: "the X server cannot reach this process's memory: \(error)")
        }
    }

    /// The server lets go of its side when the connection closes or, at the latest, when this process ends.
    deinit {
        shmdt(info.pointee.shmaddr)
        info.deallocate()
    }

    /// An image whose pixels lie in the segment, as many whole rows of an area as fit. The caller destroys it.
    func makeImage(of area: ScreenArea, in window: RootWindow) -> UnsafeMutablePointer<XImage>? {
        guard
            let image = XShmCreateImage(
                connection.display, window.visual, UInt32(window.depth), ZPixmap, info.pointee.shmaddr, info,
                UInt32(area.width), 1)
        else { return nil }
        image.pointee.height = Int32(clamping: min(area.height, Self.size / Int(image.pointee.bytes_per_line)))
        return image
    }

    /// Fills the first rows of `image` with those of `part`, which is as wide. False when the server refused.
    func read(_ part: ScreenArea, into image: UnsafeMutablePointer<XImage>) -> Bool {
        image.pointee.height = Int32(part.height)
        guard
            XShmGetImage(connection.display, connection.root, image, Int32(part.x), Int32(part.y), XAllPlanes()) != 0
        else { return false }
        mapPages(part.height * Int(image.pointee.bytes_per_line))
        return true
    }

    /// Maps here what the server has written to. Left to the first touch, it would be one page fault for each 4 KiB; a
    /// kernel that cannot do this at once (before Linux 5.14) still does that.
    private func mapPages(_ count: Int) {
        guard count > mappedBytes else { return }
        madvise(info.pointee.shmaddr, count, MADV_POPULATE_READ)
        mappedBytes = count
    }

    /// A segment that vanishes with the last process that uses it, even after `kill -9`. Linux lets the server attach
    /// to a segment that is already marked for removal; no signal may end this process before the mark is made.
    private static func makeSegment() throws(Refusal) -> XShmSegmentInfo {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0o600)
        guard id >= 0 else { throw Refusal(reason: "no shared memory: \(String(cString: strerror(errno)))") }
        // shmat answers -1 cast to a pointer when it fails.
        guard let address = shmat(id, nil, 0), Int(bitPattern: address) != -1 else {
            let reason = String(cString: strerror(errno))
            shmctl(id, IPC_RMID, nil)
            throw Refusal(reason: "no shared memory: \(reason)")
        }
        shmctl(id, IPC_RMID, nil)
        return XShmSegmentInfo(
            shmseg: 0, shmid: id, shmaddr: address.assumingMemoryBound(to: CChar.self), readOnly: 0)
    }
}
