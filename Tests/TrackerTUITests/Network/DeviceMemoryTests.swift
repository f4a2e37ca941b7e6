import Testing

@testable import TrackerTUI

@Suite struct DeviceMemoryTests {
    @Test func theCookieIsFoundAmongThoseThatAreSet() {
        let values = [
            "tracker_session=x; HttpOnly", "tracker_device=0a.ff; HttpOnly; SameSite=Strict; Path=/; Max-Age=1",
            "tracker_device=second",
        ]
        #expect(DeviceMemory.cookie(in: values) == "tracker_device=0a.ff")
        #expect(DeviceMemory.cookie(in: ["__Host-tracker_device=1; Secure"]) == "__Host-tracker_device=1")
        #expect(DeviceMemory.cookie(in: []) == nil)
    }

    @Test(arguments: [
        "tracker_session=x", "tracker_device=a b", "tracker_device=a\tb", "tracker_device=\u{1B}[31m",
        "tracker_device=a,b", "tracker_device=" + String(repeating: "x", count: 256), "tracker_devices=x",
    ])
    func nothingElseIsTaken(value: String) {
        #expect(DeviceMemory.cookie(in: [value]) == nil)
    }
}
