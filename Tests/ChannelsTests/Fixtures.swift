import Channels
import Foundation
import Testing

let robotKey = "693a91f6-7aaa-4bc4-97a0-0ec2f1fa5aaa"
let ok = #"{"errcode":0,"errmsg":"ok"}"#
let hello = OutgoingMessage.text("早上好")

extension WeComRobot {
  /// Sends to the robot's own group: there is no other destination.
  func send(
    _ message: OutgoingMessage, through account: ChannelAccount, firstByteBy: ContinuousClock.Instant
  ) async -> DispatchOutcome {
    await send(
      message, to: [DispatchDestination(id: UUID(), externalID: nil)], through: account, firstByteBy: firstByteBy)
  }
}

extension ContinuousClock.Instant {
  /// Later than any step of a test takes.
  static var ample: Self { .now + .seconds(30) }
}

/// Runs a body with a robot's adapter that sends to a scripted server, and stops both.
func withRobot<R>(
  timeout: Duration = .seconds(30), settings adjust: (inout PlatformHTTP.Settings) -> Void = { _ in },
  script: @escaping ScriptedServer.Script, _ body: (WeComRobot, ChannelAccount, ScriptedServer) async throws -> R
) async throws -> R {
  let server = try await ScriptedServer(script)
  do {
    let result = try await withRobot(at: server.url, timeout: timeout, settings: adjust) { robot, account in
      try await body(robot, account, server)
    }
    await server.stop()
    return result
  } catch {
    await server.stop()
    throw error
  }
}

/// Runs a body with a robot's adapter that sends to an address.
func withRobot<R>(
  at url: String, timeout: Duration = .seconds(30), settings adjust: (inout PlatformHTTP.Settings) -> Void = { _ in },
  _ body: (WeComRobot, ChannelAccount) async throws -> R
) async throws -> R {
  var httpSettings = PlatformHTTP.Settings()
  adjust(&httpSettings)
  let http = PlatformHTTP(settings: httpSettings)
  var settings = WeComRobot.Settings()
  settings.baseURL = try BaseURL(url)
  settings.timeout = timeout
  settings.uploadTimeout = timeout
  do {
    let result = try await body(WeComRobot(settings: settings, http: http), .weComRobot(robotKey))
    try await http.shutdown()
    return result
  } catch {
    try await http.shutdown()
    throw error
  }
}

/// Waits until a condition holds, and fails the test after half a minute.
func eventually(_ what: Comment, _ condition: () async throws -> Bool) async throws {
  let limit = ContinuousClock.now + .seconds(30)
  while try await !condition() {
    guard ContinuousClock.now < limit else {
      Issue.record(what)
      return
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}
