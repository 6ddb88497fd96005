// swift-tools-version: 6.2
import PackageDescription

/// Shared by every target. https://docs.swift.org/compiler/documentation/diagnostics/upcoming-language-features
let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleTestKit: Target.Dependency = .product(
  name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
let locks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioFoundationCompat: Target.Dependency = .product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
  name: "nuanqun",
  products: [.executable(name: "nuanqun", targets: ["nuanqun"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // C libraries, each used by the one module above it.
    .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(name: "CLinuxEvents"),
    .systemLibrary(name: "CArgon2", providers: [.apt(["libargon2-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CQREncode", providers: [.apt(["libqrencode-dev"])]),
    .systemLibrary(name: "CMinizip", providers: [.apt(["libminizip-dev"])]),
    .systemLibrary(name: "CExpat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CXlsxWriter", providers: [.apt(["libxlsxwriter-dev"])]),

    // Drivers.
    .target(name: "Polling", dependencies: ["CLinuxEvents", heap, metrics, locks], swiftSettings: settings),
    .target(name: "Postgres", dependencies: ["CLibpq", "Polling", logging, metrics, locks], swiftSettings: settings),
    .target(name: "Redis", dependencies: ["CHiredis", "Polling", logging, metrics, locks], swiftSettings: settings),

    // Pure values.
    .target(name: "Almanac", swiftSettings: settings),
    .target(name: "Sheets", dependencies: ["Almanac", "CExpat", "CMinizip", "CXlsxWriter"], swiftSettings: settings),
    .target(name: "Identifiers", dependencies: ["Postgres", locks], swiftSettings: settings),
    .target(name: "OwnThreads", dependencies: [locks], swiftSettings: settings),
    .target(
      name: "Credentials", dependencies: ["CArgon2", "OwnThreads", crypto],
      exclude: ["Passwords/common-passwords.LICENSE"],
      resources: [.embedInCode("Passwords/common-passwords.txt")], swiftSettings: settings),
    .target(name: "Mail", dependencies: ["CCurl", "OwnThreads"], swiftSettings: settings),
    .target(name: "QRCodes", dependencies: ["CQREncode"], swiftSettings: settings),
    .target(name: "Metering", dependencies: [coreMetrics, locks], swiftSettings: settings),
    .target(name: "SpanLog", dependencies: [metrics, locks, tracing], swiftSettings: settings),

    // What the product stands on.
    .target(
      name: "Tenancy", dependencies: ["Credentials", "Identifiers", "Postgres", crypto, logging, locks],
      swiftSettings: settings),
    .target(
      name: "JobQueue",
      dependencies: [
        "Almanac", "Identifiers", "Polling", "Postgres", "Redis", lifecycle, logging, metrics, locks, tracing,
      ],
      resources: [
        .embedInCode("Scripts/common.lua"), .embedInCode("Scripts/extend.lua"), .embedInCode("Scripts/flow.lua"),
        .embedInCode("Scripts/forget.lua"), .embedInCode("Scripts/front.lua"), .embedInCode("Scripts/lease_calls.lua"),
        .embedInCode("Scripts/order.lua"), .embedInCode("Scripts/push.lua"), .embedInCode("Scripts/reap.lua"),
        .embedInCode("Scripts/reserve.lua"), .embedInCode("Scripts/restore.lua"), .embedInCode("Scripts/rouse.lua"),
        .embedInCode("Scripts/settle.lua"),
      ],
      swiftSettings: settings),
    .target(
      name: "Channels", dependencies: [asyncHTTPClient, crypto, nioCore, nioHTTP1, locks],
      swiftSettings: settings),
    .target(
      name: "Community",
      dependencies: [
        "Almanac", "Channels", "Identifiers", "JobQueue", "Postgres", "Sheets", "Tenancy", crypto, logging, metrics,
        locks, tracing,
      ],
      swiftSettings: settings),

    // Stand-ins for what is outside: the platforms, and the servers of a deployment.
    .target(
      name: "Sandbox",
      dependencies: [crypto, httpTypes, hummingbird, lifecycle, locks, logging, nioCore],
      exclude: ["Pictures", "README.md"], resources: [.embedInCode("Site")], swiftSettings: settings),
    .target(name: "LocalServers", dependencies: [logging, subprocess, systemPackage], swiftSettings: settings),

    // Faces.
    .target(name: "Wording", dependencies: ["Almanac", "Channels", "Community", "Sheets"], swiftSettings: settings),
    .target(
      name: "API",
      dependencies: [
        "Almanac", "Channels", "Community", "Identifiers", "JobQueue", "Postgres", "Sheets", "Tenancy", "Wording",
        crypto, httpTypes, hummingbird, lifecycle, locks, logging, metrics, nioCore, nioHTTP1, tracing, yams,
      ],
      resources: [.embedInCode("openapi.yaml")], swiftSettings: settings),

    // What runs.
    .target(
      name: "Workers", dependencies: ["Channels", "Community", "Identifiers", "JobQueue", "Tenancy", logging],
      path: "workers",
      swiftSettings: settings),
    .target(
      name: "Bench", dependencies: ["Polling", "Postgres", "Redis", logging], exclude: ["Peers"],
      swiftSettings: settings),
    .target(
      name: "Trials",
      dependencies: [
        "Community", "LocalServers", "Postgres", "Sandbox", "Tenancy", asyncHTTPClient, locks, logging, nioCore,
        nioHTTP1,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "nuanqun",
      dependencies: [
        "API", "Almanac", "Bench", "Channels", "Community", "Credentials", "Identifiers", "JobQueue", "LocalServers",
        "Mail", "Metering", "Polling", "Postgres", "Redis", "Sandbox", "Sheets", "SpanLog", "Tenancy", "Trials",
        "Wording", "Workers", argumentParser, asyncHTTPClient, configuration, coreMetrics, lifecycle, locks, logging,
        nioCore, nioFoundationCompat, nioHTTP1, tracing, unixSignals,
      ],
      resources: [.copy("Demo/Data")],
      swiftSettings: settings),

    // Tests. What several of them need is in TestSupport.
    .target(
      name: "TestSupport",
      dependencies: ["Identifiers", "JobQueue", "LocalServers", "Postgres", "Redis", "Tenancy", logging],
      path: "Tests/Support", swiftSettings: settings),
    .testTarget(
      name: "APITests",
      dependencies: [
        "API", "Almanac", "Channels", "Community", "Identifiers", "JobQueue", "LocalServers", "Postgres", "Redis",
        "Sheets", "SpanLog", "Tenancy", "TestSupport", "Wording", httpTypes, hummingbird, hummingbirdTesting, locks,
        logging, nioCore, tracing, yams,
      ],
      swiftSettings: settings),
    .testTarget(name: "AlmanacTests", dependencies: ["Almanac"], swiftSettings: settings),
    .testTarget(
      name: "ChannelsTests", dependencies: ["Channels", locks, nioCore, nioEmbedded, nioHTTP1, nioPosix],
      swiftSettings: settings),
    .testTarget(
      name: "CommunityTests",
      dependencies: [
        "Almanac", "Channels", "Community", "Identifiers", "JobQueue", "LocalServers", "Postgres", "Redis", "Sheets",
        "SpanLog",
        "Tenancy", "TestSupport", crypto, locks, logging, nioCore, nioHTTP1, nioPosix, tracing,
      ],
      swiftSettings: settings),
    .testTarget(name: "CredentialsTests", dependencies: ["Credentials", "OwnThreads", locks], swiftSettings: settings),
    .testTarget(
      name: "Faults",
      dependencies: ["Community", "LocalServers", "Postgres", "Sandbox", "TestSupport", "Trials", "nuanqun"],
      swiftSettings: settings),
    .testTarget(name: "ImportRules", swiftSettings: settings),
    .testTarget(
      name: "JobQueueTests",
      dependencies: [
        "Almanac", "Identifiers", "JobQueue", "LocalServers", "Polling", "Postgres", "Redis", "SpanLog", "Tenancy",
        "TestSupport", lifecycle, lifecycleTestKit, locks, logging, tracing,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "Journeys",
      dependencies: ["LocalServers", "Sandbox", "TestSupport", "nuanqun", asyncHTTPClient, logging, nioCore],
      swiftSettings: settings),
    .testTarget(
      name: "LocalServersTests", dependencies: ["LocalServers", subprocess, systemPackage], swiftSettings: settings),
    // Needs python3 with aiosmtpd, which is the server, and openssl for its certificate.
    .testTarget(name: "MailTests", dependencies: ["Mail"], exclude: ["Server"], swiftSettings: settings),
    .testTarget(name: "OwnThreadsTests", dependencies: ["OwnThreads", locks], swiftSettings: settings),
    .testTarget(name: "PollingTests", dependencies: ["Polling", locks], swiftSettings: settings),
    .testTarget(name: "MeteringTests", dependencies: ["Metering", coreMetrics], swiftSettings: settings),
    .testTarget(name: "SpanLogTests", dependencies: ["SpanLog", locks, tracing], swiftSettings: settings),
    // Needs spin and gcc, which write and compile the search.
    .testTarget(name: "ModelTests", exclude: ["Models", "README.md"], swiftSettings: settings),
    .testTarget(
      name: "PostgresTests", dependencies: ["Polling", "Postgres", "LocalServers", locks, logging],
      swiftSettings: settings),
    // Needs zbarimg, which reads codes.
    .testTarget(name: "QRCodesTests", dependencies: ["QRCodes"], swiftSettings: settings),
    .testTarget(
      name: "RedisTests", dependencies: ["LocalServers", "Polling", "Redis", locks, logging], swiftSettings: settings),
    .testTarget(
      name: "SandboxTests",
      dependencies: [
        "Sandbox", crypto, httpTypes, hummingbird, hummingbirdTesting, lifecycle, locks, logging, nioCore, nioPosix,
      ],
      swiftSettings: settings),
    .testTarget(name: "Security", exclude: ["asvs-ids.txt", "asvs.csv"], swiftSettings: settings),
    .testTarget(
      name: "SheetsTests", dependencies: ["CMinizip", "Sheets", "TestSupport"],
      resources: [.copy("Workbooks")], swiftSettings: settings),
    .testTarget(
      name: "TenancyTests",
      dependencies: ["Identifiers", "LocalServers", "Postgres", "Tenancy", "TestSupport", logging],
      swiftSettings: settings),
    .testTarget(
      name: "WordingTests", dependencies: ["Channels", "Community", "Sheets", "Wording"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6])
