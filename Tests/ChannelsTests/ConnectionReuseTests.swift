import Channels
import Testing

/// Connections are kept between messages, and one that the platform has closed in the meantime is no excuse to guess.
@Suite struct ConnectionReuseTests {
  @Test func messagesShareAConnection() async throws {
    try await withRobot { talk in
      while await talk.readRequest() != nil { try await talk.answer(ok) }
    } _: { robot, account, server in
      for _ in 0..<3 {
        #expect(await robot.send(hello, through: account, firstByteBy: .ample).name == "confirmed")
      }
      #expect(server.connections == 1)
      #expect(server.requests.count == 3)
    }
  }

  @Test func aKeptConnectionThatEndsOnTheNextRequestIsUnknown() async throws {
    try await withRobot { talk in
      await talk.readRequest()
      try await talk.answer(ok)
      await talk.readRequest()
    } _: { robot, account, server in
      #expect(await robot.send(hello, through: account, firstByteBy: .ample).name == "confirmed")
      let second = await robot.send(.text("第二条"), through: account, firstByteBy: .ample)
      #expect(second.name == "unknown")
      #expect(server.requests.count == 2)
      #expect(server.connections == 1, "nothing is sent again")
    }
  }

  /// The server closes each connection right after its answer without saying so; the next messages meet it at any
  /// point of being noticed. Whatever the outcome, it fits what the server read.
  @Test func aConnectionClosedJustBeforeReuseIsNeverMisjudged() async throws {
    try await withRobot { talk in
      await talk.readRequest()
      try await talk.answer(ok)
    } _: { robot, account, server in
      let outcomes = await withTaskGroup(of: [String: DispatchOutcome].self) { group in
        for sender in 0..<8 {
          group.addTask {
            var outcomes: [String: DispatchOutcome] = [:]
            for number in 0..<25 {
              let text = "第\(sender)组第\(number)条"
              outcomes[text] = await robot.send(.text(text), through: account, firstByteBy: .ample)
            }
            return outcomes
          }
        }
        return await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
      }
      #expect(outcomes.count == 200)
      let read = server.requests.map(\.text)
      for (text, outcome) in outcomes {
        let count = read.count { $0.contains("\"\(text)\"") }
        switch outcome {
        case .confirmed: #expect(count == 1)
        case .notSent: #expect(count == 0)
        case .unknown: #expect(count <= 1)
        default: Issue.record("\(outcome)")
        }
      }
      #expect(outcomes.values.contains { $0.name == "confirmed" })
    }
  }

  @Test func anIdleConnectionIsClosed() async throws {
    let (ended, end) = AsyncStream.makeStream(of: Void.self)
    try await withRobot(settings: { $0.idleTimeout = .milliseconds(50) }) { talk in
      await talk.readRequest()
      try await talk.answer(ok)
      await talk.waitForEnd()
      end.yield()
    } _: { robot, account, _ in
      #expect(await robot.send(hello, through: account, firstByteBy: .ample).name == "confirmed")
      for await _ in ended { break }
    }
  }

  @Test func aRobotsRequestIsPlain() async throws {
    try await withRobot { talk in
      await talk.readRequest()
      try await talk.answer(ok)
    } _: { robot, account, server in
      _ = await robot.send(hello, through: account, firstByteBy: .ample)
      let request = try #require(server.requests.first)
      #expect(request.head.hasPrefix("POST /cgi-bin/webhook/send?key=\(robotKey) HTTP/1.1\r\n"))
      let names = request.head.lowercased().split(separator: "\r\n").dropFirst().compactMap { line in
        line.split(separator: ":").first.map(String.init)
      }
      #expect(names.sorted() == ["content-length", "content-type", "host", "user-agent"])
      #expect(request.text == #"{"msgtype":"text","text":{"content":"早上好"}}"#)
    }
  }
}
