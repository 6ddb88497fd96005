import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import Sandbox

@Suite struct EventTests {
  private static let request = "GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"

  @Test func messagesArriveLiveAndOnlyAcceptedOnes() async throws {
    try await SandboxFixture().run(.live) { client async throws in
      let isListening = NIOLockedValueBox(false)
      let connection = try await RawConnection(port: client.port)
      async let stream = connection.exchange(Self.request + "\r\n") { text in
        isListening.withLockedValue { $0 = text.contains("retry:") }
        return text.contains("第二条")
      }
      try await eventually { isListening.withLockedValue { $0 } }
      #expect(try await client.send(text: "第一条\nevent: forged").errcode == 0)
      #expect(try await client.send(text: "").errcode == 44004)
      #expect(try await client.send(text: "第二条").errcode == 0)
      let text = try await stream.received
      #expect(text.contains("content-type: text/event-stream") || text.contains("Content-Type: text/event-stream"))
      #expect(text.contains("event: message\nid: 1\ndata: {"))
      #expect(text.contains("event: refused\ndata: {\"number\":2}"))
      #expect(text.contains("event: message\nid: 3\n"))
      #expect(!text.contains("\nevent: forged"))
    }
  }

  @Test func whoComesBackGetsWhatWasMissed() async throws {
    try await SandboxFixture().run(.live) { client async throws in
      for index in 1...3 { #expect(try await client.send(text: "第\(index)条").errcode == 0) }
      let (text, _) = try await RawConnection(port: client.port)
        .exchange(Self.request + "Last-Event-ID: 1\r\n\r\n") { $0.contains("id: 3\n") }
      #expect(!text.contains("id: 1\n"))
      #expect(text.contains("id: 2\n"))
    }
  }

  @Test func messagesAreListedSinceANumberOrATime() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      #expect(try await client.send(text: "one").errcode == 0)
      fixture.time.advance(by: .seconds(1))
      #expect(try await client.send(text: "two", key: SandboxFixture.otherKey).errcode == 0)
      func messages(_ query: String) async throws -> [MessageRecord] {
        let body = try await client.control(.get, "messages\(query)").body
        return try JSONDecoder().decode([MessageRecord].self, from: Data(body.readableBytesView))
      }
      #expect(try await messages("").map(\.content) == ["one", "two"])
      #expect(try await messages("?since=1").map(\.content) == ["two"])
      #expect(try await messages("?limit=1").map(\.content) == ["one"])
      #expect(try await messages("?since=2026-01-01T00:00:00.500Z").map(\.brand) == ["田野鲜生"])
      #expect(try await client.control(.get, "messages?since=soon").status == .badRequest)
      #expect(try await client.control(.get, "messages?limit=0").status == .badRequest)
    }
  }

  @Test func roomsForgetButCount() async throws {
    var fixture = try SandboxFixture()
    fixture.configuration.messagesPerRoom = 3
    try await fixture.run { client async throws in
      for index in 1...5 { #expect(try await client.send(text: "word\(index)").errcode == 0) }
      let page = try await client.page("/rooms/1?lang=en")
      #expect(!page.contains("word2") && page.contains("word3") && page.contains("word5"))
      #expect(page.contains(Words.forgotten.en))
    }
  }
}
