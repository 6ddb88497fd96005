import Foundation
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle
import Testing

@testable import Sandbox

@Suite struct StopTests {
  @Test func theStopWaitsForNobody() async throws {
    var fixture = try SandboxFixture()
    let port = NIOLockedValueBox<Int?>(nil)
    fixture.configuration.port = 0
    fixture.configuration.onRunning = { chosen in port.withLockedValue { $0 = chosen } }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let sandbox = try await buildSandbox(fixture.configuration, logger: logger)
    let group = ServiceGroup(configuration: .init(services: [sandbox], logger: logger))
    let events = NIOLockedValueBox("")
    try await withThrowingTaskGroup(of: Void.self) { [fixture] tasks in
      tasks.addTask { try await group.run() }
      try await eventually { port.withLockedValue { $0 } != nil }
      let port = try #require(port.withLockedValue { $0 })
      let order = #"[{"mode":"hang_after_accepting"}]"#
      let (answer, _) = try await RawConnection(port: port).exchange(
        """
        PUT /sandbox/faults HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
        Content-Length: \(order.utf8.count)\r\n\r\n\(order)
        """
      ) { $0.contains("\r\n\r\n") }
      #expect(answer.contains("204"))
      // A hung request, half a request, half a head and an event stream, none of which ends by itself.
      tasks.addTask { _ = try await RawConnection(port: port).exchange(rawSend("hung")) }
      tasks.addTask { _ = try await RawConnection(port: port).exchange(rawSend("half", cutAfter: 5)) }
      tasks.addTask { _ = try await RawConnection(port: port).exchange("POST /cgi-bin") }
      tasks.addTask {
        _ = try await RawConnection(port: port).exchange("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n") { text in
          events.withLockedValue { $0 = text }
          return false
        }
      }
      try await eventually { try fixture.log.accepted(containing: "hung").count == 1 }
      try await eventually { events.withLockedValue { $0.contains("retry:") } }
      let start = ContinuousClock.now
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      #expect(ContinuousClock.now - start < .seconds(20))
    }
    // Half a request is in the log as what it was.
    #expect(try fixture.log.entries.contains { !$0.readWhole && !$0.accepted })
    try? FileManager.default.removeItem(at: fixture.folder)
  }
}
