import Foundation
import TestSupport
import Testing

/// Firefox and Chromium as they are installed, without a screen, trusting an authority of the test's own.
enum Browser: String, CaseIterable, Sendable {
    case firefox, chromium

    var isThere: Bool {
        [program, "/usr/bin/certutil"].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private var program: String {
        switch self {
        case .firefox: "/usr/bin/firefox-esr"
        case .chromium: "/usr/bin/chromium"
        }
    }

    /// Shows a page; goes on until the value goes.
    /// - Parameters:
    ///   - authority: nil: it trusts the world's alone.
    ///   - folder: for what it keeps.
    func show(_ page: String, trusting authority: String?, in folder: TemporaryFolder) async throws -> ChildProcess {
        let (home, profile) = (folder.path + "/home", folder.path + "/profile")
        // Each has its own place for the authorities that people add (NSS).
        let certificates = self == .firefox ? profile : home + "/.pki/nssdb"
        try FileManager.default.createDirectory(atPath: certificates, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        var steps = [["-N", "--empty-password"]]
        if let authority { steps.append(["-A", "-t", "C,,", "-n", "test", "-i", authority]) }
        for step in steps {
            let made = try await run(["certutil", "-d", "sql:" + certificates] + step)
            try #require(made.status == 0, "\(made.errors)")
        }
        // With a picture to take they would end as soon as the page is there, whatever its scripts still do.
        let arguments =
            switch self {
            case .firefox: ["--headless", "--no-remote", "--profile", profile, page]
            case .chromium:
                [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    // The page is a file, which may not ask this machine by itself.
                    "--disable-features=LocalNetworkAccessChecks", "--user-data-dir=" + profile, page,
                ]
            }
        return try ChildProcess(["setsid", "--wait", program] + arguments, environment: ["HOME": home])
    }
}
