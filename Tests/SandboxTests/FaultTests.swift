import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Sandbox

@Suite struct FaultTests {
  @Test(arguments: [
    (FaultMode.cutBeforeAccepting, false, true), (.cutAfterAccepting, true, true), (.cutWhileReading, false, false),
  ])
  func aCutClosesTheConnectionWithoutAnAnswer(mode: FaultMode, isAccepted: Bool, readWhole: Bool) async throws {
    let fixture = try SandboxFixture()
    try await fixture.run(.live) { client async throws in
      try await client.order(FaultRule(mode, next: 1))
      let (received, isClosed) = try await RawConnection(port: client.port).exchange(rawSend("marker"))
      #expect(received.isEmpty && isClosed)
      let entry = try #require(try fixture.log.entries.first)
      #expect(entry.accepted == isAccepted && entry.readWhole == readWhole)
      #expect(entry.errcode == nil && entry.fault == mode.rawValue)
      #expect(try fixture.log.accepted(containing: "marker").count == (isAccepted ? 1 : 0))
      #expect(try await client.page("/rooms/1").contains("marker") == isAccepted)
      // The order is spent; the next request is served.
      #expect(try await client.send(text: "next").errcode == 0)
    }
  }

  @Test func aLargeBodyIsCutInTheMiddle() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run(.live) { client async throws in
      try await client.order(FaultRule(.cutWhileReading, next: 1))
      let (received, isClosed) = try await RawConnection(port: client.port)
        .exchange(rawSend(String(repeating: "x", count: 3 << 20)))
      #expect(received.isEmpty && isClosed)
      let entry = try #require(try fixture.log.entries.first)
      #expect(!entry.readWhole && !entry.accepted && entry.bodyBytes < 3 << 20)
    }
  }

  @Test func aHangAcceptsAndKeepsSilentUntilTheClientLeaves() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run(.live) { client async throws in
      try await client.order(FaultRule(.hangAfterAccepting, next: 1))
      let connection = try await RawConnection(port: client.port)
      async let silent = connection.exchange(rawSend("hung"), thenClosing: true)
      try await eventually { try fixture.log.accepted(containing: "hung").count == 1 }
      let (received, isClosed) = try await silent
      #expect(received.isEmpty && isClosed)
      let entry = try #require(try fixture.log.entries.first)
      #expect(entry.fault == "hang_after_accepting" && entry.errcode == nil && entry.readWhole)
    }
  }

  @Test func aHangWithADelayIsCutAfterIt() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run(.live) { client async throws in
      try await client.order(FaultRule(.hangAfterAccepting, next: 1, delayMilliseconds: 50))
      let (received, isClosed) = try await RawConnection(port: client.port).exchange(rawSend("hung"))
      #expect(received.isEmpty && isClosed)
      #expect(try fixture.log.accepted().count == 1)
    }
  }

  @Test func errorsBeforeAcceptingAcceptNothing() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      try await client.order(FaultRule(.errorBeforeAccepting, next: 1), FaultRule(.rateError, next: 1))
      #expect(try await client.send(text: "a").errcode == -1)
      #expect(try await client.send(text: "b").errcode == 45009)
      #expect(try await client.send(text: "c").errcode == 0)
      let log = try fixture.log
      #expect(log.entries.map(\.accepted) == [false, false, true])
      #expect(log.entries.map(\.fault) == ["error_before_accepting", "rate_error", nil])
      #expect(log.entries.map(\.errcode) == [-1, 45009, 0])
    }
  }

  @Test func anErrorAfterAcceptingIsAGatewaysPage() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      try await client.order(FaultRule(.errorAfterAccepting, next: 1))
      let response = try await client.http.execute(
        uri: "/cgi-bin/webhook/send?key=\(SandboxFixture.key)", method: .post,
        body: ByteBuffer(string: #"{"msgtype":"text","text":{"content":"arrived"}}"#))
      #expect(response.status == .badGateway)
      let entry = try #require(try fixture.log.accepted(containing: "arrived").first)
      #expect(entry.errcode == nil && entry.fault == "error_after_accepting")
    }
  }

  @Test func aSlowAnswerIsLoggedLongBeforeItComes() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run(.live) { client async throws in
      try await client.order(FaultRule(.slow, next: 1, delayMilliseconds: 400))
      let start = ContinuousClock.now
      async let answer = RawConnection(port: client.port).exchange(rawSend("late")) { $0.contains("errcode") }
      try await eventually { try fixture.log.accepted(containing: "late").count == 1 }
      #expect(try await answer.received.contains(#""errcode":0"#))
      #expect(ContinuousClock.now - start >= .milliseconds(400))
    }
  }

  @Test func faultsAfterAcceptingLeaveRefusalsAlone() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      try await client.order(FaultRule(.errorAfterAccepting, next: 1))
      #expect(try await client.send(text: "").errcode == 44004)
      #expect(try await client.send(text: "x", key: "unknown").errcode == 93000)
      #expect(try fixture.log.entries.allSatisfy { $0.fault == nil })
      let left = try await client.control(.get, "faults")
      #expect(String(buffer: left.body).contains(#""left":1"#))
    }
  }

  @Test func faultsAreForARobotAndAnEndpoint() async throws {
    try await SandboxFixture().run { client async throws in
      try await client.order(
        FaultRule(.rateError, robot: SandboxFixture.otherKey),
        FaultRule(.errorBeforeAccepting, robot: RobotID(key: SandboxFixture.key).description, endpoint: .uploadMedia))
      #expect(try await client.send(text: "x").errcode == 0)
      #expect(try await client.send(text: "x", key: SandboxFixture.otherKey).errcode == 45009)
      #expect(try await client.upload(Data("hello".utf8)).errcode == -1)
      #expect(try await client.upload(Data("hello".utf8), key: SandboxFixture.otherKey).errcode == 0)
      let shown = String(buffer: try await client.control(.get, "faults").body)
      #expect(!shown.contains(SandboxFixture.otherKey))
      #expect(shown.contains(RobotID(key: SandboxFixture.otherKey).description))
      #expect(try await client.control(.delete, "faults").status == .noContent)
      #expect(try await client.send(text: "x", key: SandboxFixture.otherKey).errcode == 0)
    }
  }

  @Test func aSeedMakesTheSameHistoryAgain() {
    func history(seed: UInt64) -> [Bool] {
      var board = FaultBoard([FaultRule(.rateError, probability: 0.3, seed: seed)])
      return (0..<400).map { _ in
        board.draw(key: "k", endpoint: .send, stage: .deciding(acceptable: true)) != nil
      }
    }
    #expect(history(seed: 1) == history(seed: 1))
    #expect(history(seed: 1) != history(seed: 2))
    #expect((80...160).contains(history(seed: 1).count { $0 }))
  }

  @Test func theFirstOrderThatFallsDecides() {
    var board = FaultBoard([
      FaultRule(.rateError, next: 2), FaultRule(.errorBeforeAccepting), FaultRule(.cutWhileReading),
    ])
    let drawn = (0..<3).map { _ in board.draw(key: "k", endpoint: .send, stage: .deciding(acceptable: false))?.mode }
    #expect(drawn == [.rateError, .rateError, .errorBeforeAccepting])
    #expect(board.draw(key: "k", endpoint: .send, stage: .reading)?.mode == .cutWhileReading)
    #expect(board.orders.map(\.hits) == [2, 1, 1])
  }
}
