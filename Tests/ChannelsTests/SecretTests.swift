import Foundation
import Testing

@testable import Channels

/// The key of a robot is in the request and nowhere else.
@Suite struct SecretTests {
  /// Everything that a log, an error page or a debugger would print of a value.
  private func shown(_ value: some Any) -> String {
    var dumped = ""
    dump(value, to: &dumped)
    let mirror = Mirror(reflecting: value).children.map { "\($0)" }.joined()
    return "\(value) \(String(reflecting: value)) \(dumped) \(mirror) \(String(describing: Optional(value)))"
  }

  private func hides(_ value: some Any) -> Bool {
    !shown(value).lowercased().contains(robotKey.lowercased())
  }

  @Test func aSecretShowsItselfToNobody() throws {
    let secret = Secret(robotKey)
    #expect(hides(secret))
    #expect(hides([secret]))
    #expect(hides(["key": secret]))
    #expect(hides(try ChannelAccount.weComRobot(robotKey)))
    #expect(!((secret as Any) is any Encodable))
    #expect(!((secret as Any) is any CustomStringConvertible & LosslessStringConvertible))
    #expect(secret.reveal() == robotKey)
    #expect(!hides(robotKey), "the control: a bare key is found")
  }

  @Test func secretsCompareByValue() {
    #expect(Secret("abc") == Secret("abc"))
    #expect(Secret("abc") != Secret("abd"))
    #expect(Secret("abc") != Secret("ab"))
    #expect(Secret("") == Secret(""))
  }

  @Test func whatThePlatformEchoesIsHidden() async throws {
    let echo = "invalid webhook \(robotKey) \(robotKey.uppercased()) at /send?key=\(robotKey)"
    for (body, status) in [
      (#"{"errcode":93000,"errmsg":"\#(echo)"}"#, "200 OK"), (#"{"errcode":7,"errmsg":"\#(echo)"}"#, "200 OK"),
      (echo, "500 \(robotKey)"), (echo, "404 Not Found"),
    ] {
      try await withRobot { talk in
        await talk.readRequest()
        try await talk.answer(body, status: status)
      } _: { robot, account, _ in
        let outcome = await robot.send(hello, through: account, firstByteBy: .ample)
        #expect(outcome.name != "confirmed")
        #expect(hides(outcome), "\(outcome.name)")
        #expect(hides(robot))
      }
    }
  }

  @Test func noFailureShowsTheKey() async throws {
    var outcomes: [DispatchOutcome] = []
    let scripts: [ScriptedServer.Script] = [
      { _ in }, { talk in await talk.readRequest() }, { talk in try await talk.reset() },
      { talk in
        await talk.readRequest()
        try await talk.write("key=\(robotKey)\r\n\r\n")
      },
      { talk in
        await talk.readRequest()
        await talk.waitForEnd()
      },
    ]
    for script in scripts {
      outcomes += try await withRobot(timeout: .seconds(2), script: script) { robot, account, server in
        let plain = await robot.send(hello, through: account, firstByteBy: .ample)
        let file = await robot.send(.file(name: "a", bytes: [1, 2, 3, 4, 5]), through: account, firstByteBy: .ample)
        let late = await robot.send(hello, through: account, firstByteBy: .now)
        let bad = await robot.send(.text(""), through: account, firstByteBy: .ample)
        await server.stop()
        let refused = await robot.send(hello, through: account, firstByteBy: .ample)
        return [plain, file, late, bad, refused]
      }
    }
    outcomes += try await withRobot(at: "http://\(robotKey).invalid") { robot, account in
      [await robot.send(hello, through: account, firstByteBy: .ample)]
    }
    for outcome in outcomes {
      #expect(outcome.name != "confirmed")
      #expect(hides(outcome), "\(outcome.name)")
    }
    #expect(Set(outcomes.map(\.name)) == ["not_sent", "unknown", "rejected"])
  }

  @Test func longTextsAreCut() {
    let reason = DispatchReason(.content, text: String(repeating: "长", count: 1000), hiding: Secret("k"))
    #expect(reason.text.count == 300)
  }
}
