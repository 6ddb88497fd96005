import Foundation
import Glibc
import TestSupport

/// A demo in a home of its own, with every process that belongs to it.
final class DemoRun {
  let home: URL
  private let product: Product
  /// All that it has started up to now, as far as anybody looked while it ran.
  private(set) var family: Set<KnownProcess> = []

  init(in home: URL, _ arguments: [String] = []) throws {
    self.home = home
    product = try Product.start(
      ["demo"] + arguments, ["NUANQUN_HOME": home.path, "NUANQUN_MIGRATIONS": TestDeployment.migrations.path])
  }

  var isRunning: Bool { product.isRunning }
  var output: String { product.output }

  func send(_ signal: Int32) {
    look()
    product.send(signal)
  }

  /// Waits until something is so while the demo runs.
  func eventually(within limit: Duration = .seconds(200), _ condition: () throws -> Bool) async throws {
    try await Journeys.eventually(within: limit) {
      look()
      if try condition() { return true }
      guard product.isRunning else { throw EndedEarly(end: try product.end()) }
      return false
    }
  }

  /// Waits until the demo has ended.
  func end(within limit: Duration) async throws -> Product.End {
    try await Journeys.eventually(within: limit) {
      look()
      return !product.isRunning
    }
    return try product.end()
  }

  /// Takes down who belongs to the demo.
  private func look() {
    family.formUnion(KnownProcess.descendants(of: product.pid))
  }

  /// Waits until no process of the demo is left.
  func vanishes(within limit: Duration) async throws -> Bool {
    do {
      try await Journeys.eventually(within: limit) { left.isEmpty }
      return true
    } catch is TimedOut {
      return false
    }
  }

  /// The processes of the demo that still run.
  var left: [KnownProcess] { family.filter(\.isRunning) }

  /// Ends what a failed test has left.
  func clear() {
    for process in left { kill(process.pid, SIGKILL) }
    product.send(SIGKILL)
  }

  struct EndedEarly: Error {
    let end: Product.End
  }
}

/// Runs a test on a demo in a temporary home and takes away what it leaves, whatever happens.
func withDemo(
  _ arguments: [String] = [], onlyForRoot: Bool = false, _ body: (DemoRun) async throws -> Void
) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "nuanqun-journey-\(UUID().uuidString)")
  try FileManager.default.createDirectory(
    at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: onlyForRoot ? 0o700 : 0o755])
  defer { try? FileManager.default.removeItem(at: folder) }
  let demo = try DemoRun(in: folder.appending(path: "home"), arguments)
  defer { demo.clear() }
  try await body(demo)
}
