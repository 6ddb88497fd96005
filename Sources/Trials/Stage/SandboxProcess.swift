import Foundation
import Sandbox

/// The sandbox as a process of its own, told what to do through its control API.
struct SandboxProcess: Sendable {
  let process: ProductProcess
  let url: String
  private let log: String

  static func start(in home: URL, window: Int = 60) async throws -> SandboxProcess {
    let (port, log) = (home.appending(path: "sandbox.port"), home.appending(path: "sandbox.ndjson").path)
    let process = try ProductProcess.start(
      ["sandbox", "--port", "0", "--window", "\(window)", "--log", log, "--port-file", port.path], environment: [:],
      log: home.appending(path: "sandbox.log"))
    do {
      try await eventually { FileManager.default.fileExists(atPath: port.path) }
      let number = try String(contentsOf: port, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
      return SandboxProcess(process: process, url: "http://127.0.0.1:\(number)", log: log)
    } catch {
      await process.stop()
      throw error
    }
  }

  /// What has arrived up to now.
  func arrivals() throws -> SandboxLog { try SandboxLog(contentsOf: log) }

  func add(_ robots: [RobotRegistration]) async throws {
    try await send("POST", "/sandbox/robots", JSONEncoder().encode(robots))
  }

  /// Replaces the orders to misbehave.
  func misbehave(_ rules: [FaultRule]) async throws {
    try await send("PUT", "/sandbox/faults", JSONEncoder().encode(rules))
  }

  private func send(_ method: String, _ path: String, _ body: Data) async throws {
    let answer = try await Web.send(method, url + path, body)
    guard answer.isSuccess else { throw TrialFailure("the sandbox refused: \(answer.text)") }
  }
}
