// swift-tools-version:6.2
import PackageDescription

/// Every target of this package is compiled with these settings; there is no exception.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "time-tracker-system",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "SocketIOEcho", targets: ["SocketIOEcho"]),
        .executable(name: "TrackerServer", targets: ["TrackerServer"]),
        .executable(name: "TrackerTUI", targets: ["TrackerTUI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CNcurses"),
        .target(
            name: "CX11",
            linkerSettings: [.linkedLibrary("X11"), .linkedLibrary("Xext"), .linkedLibrary("Xss")]
        ),
        .target(name: "Capture", dependencies: ["CX11", "Files", "PNG", "Pictures"], swiftSettings: strict),
        .target(name: "CFiles"),
        .target(
            name: "CPublic", path: "Sources/TrackerServer/Public",
            exclude: ["README.md", "index.html", "main.js", "app.css", "icon.svg", "lib", "parts", "pages"]),
        .target(name: "CPNG", linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("z")]),
        .target(name: "Files", dependencies: ["CFiles"], swiftSettings: strict),
        .target(name: "JSON", swiftSettings: strict),
        .target(name: "Pictures", swiftSettings: strict),
        .target(name: "PNG", swiftSettings: strict),
        .target(name: "Shared", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "SocketIO", dependencies: ["JSON"], swiftSettings: strict),
        .target(
            name: "SocketIOServer",
            dependencies: [
                "JSON", "SocketIO",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "SocketIOClient",
            dependencies: [
                "JSON", "SocketIO",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Settings",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "SocketIOEcho",
            dependencies: [
                "JSON", "SocketIO", "SocketIOServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "TrackerServer",
            dependencies: [
                "CPNG", "CPublic", "Files", "JSON", "PNG", "Pictures", "Settings", "Shared", "SocketIO",
                "SocketIOServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["Public"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "TrackerTUI",
            dependencies: [
                "CNcurses", "Capture", "Files", "JSON", "Settings", "Shared", "SocketIO", "SocketIOClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "CPNGWriter", path: "Tests/CPNGWriter",
            linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("z")]),
        .target(
            name: "TestSupport", dependencies: ["CPNG", "CPNGWriter", "CX11"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .executableTarget(
            name: "CaptureBenchmark", dependencies: ["CX11", "Capture"], path: "Benchmarks/Capture",
            swiftSettings: strict),
        .executableTarget(
            name: "DownscaleBenchmark", dependencies: ["Pictures"], path: "Benchmarks/Downscale", swiftSettings: strict),
        .executableTarget(
            name: "EncodeBenchmark", dependencies: ["CPNGWriter", "PNG"], path: "Benchmarks/Encode",
            swiftSettings: strict),
        .testTarget(
            name: "CaptureTests", dependencies: ["Capture", "Files", "Pictures", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "PNGTests", dependencies: ["PNG", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "PicturesTests", dependencies: ["Pictures", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SocketIOTests", dependencies: ["JSON", "SocketIO", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SocketIOServerTests",
            dependencies: [
                "SocketIO", "SocketIOServer", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SocketIOClientTests",
            dependencies: [
                "JSON", "SocketIO", "SocketIOClient", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SettingsTests", dependencies: ["Settings", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SharedTests", dependencies: ["JSON", "Shared", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TrackerServerTests",
            dependencies: [
                "Files", "JSON", "Settings", "Shared", "SocketIO", "TestSupport", "TrackerServer",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Samples")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TrackerTUITests",
            dependencies: [
                "Capture", "Files", "JSON", "Pictures", "Settings", "Shared", "SocketIOClient", "TestSupport",
                "TrackerTUI",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Capture", "Files", "JSON", "Settings", "Shared", "SocketIOEcho", "TestSupport", "TrackerServer",
                "TrackerTUI",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
    ]
)
