// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "nuanqun",
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .systemLibrary(name: "CLinuxEvents"),
    .target(
      name: "Polling",
      dependencies: [
        "CLinuxEvents",
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
      ], swiftSettings: settings),
    .testTarget(
      name: "PollingTests",
      dependencies: ["Polling", .product(name: "NIOConcurrencyHelpers", package: "swift-nio")],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6])
