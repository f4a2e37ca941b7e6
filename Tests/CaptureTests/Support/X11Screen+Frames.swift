import Capture

extension X11Screen {
    /// As large as those who watch over the network get it.
    func frame(after last: ScreenFrame?) throws(CaptureError) -> ScreenFrame? {
        try frame(after: last, within: ScreenFrame.Limit(width: 960, height: 540, bytes: 720_000))
    }
}
