import Foundation
import FoundationNetworking
import Sandbox

/// The sandbox as a process of its own, told what to do through its control API.
struct SandboxProcess: Sendable {
  let process: ProductProcess
  let url: String
  private let log: String

  static func start(in home: URL) async throws -> SandboxProcess {
    let (port, log) = (home.appending(path: "sandbox.port"), home.appending(path: "sandbox.ndjson").path)
    let process = try ProductProcess.start(
      ["sandbox", "--port", "0", "--log", log, "--port-file", port.path], environment: [:],
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
    guard let address = URL(string: url + path) else { throw URLError(.badURL) }
    var request = URLRequest(url: address)
    request.httpMethod = method
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.httpBody = body
    let (answer, response) = try await URLSession.shared.data(for: request)
    guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
      throw Refused(answer: String(decoding: answer, as: UTF8.self))
    }
  }

  struct Refused: Error {
    let answer: String
  }
}
