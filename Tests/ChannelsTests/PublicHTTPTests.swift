import Foundation
import NIOConcurrencyHelpers
import Testing

@testable import Channels

@Suite struct PublicHTTPTests {
  private func post(
    _ url: String, lookup: HostLookup = .system(), loopback: Bool = true, times: Int = 1,
    adjust: (inout PublicHTTP.Settings) -> Void = { _ in }
  ) async throws -> [PublicExchange] {
    var settings = PublicHTTP.Settings()
    settings.allowsLoopback = loopback
    adjust(&settings)
    let http = PublicHTTP(settings: settings, lookup: lookup)
    let url = try PublicURL(url, allowsLoopback: loopback)
    return try await http.lend(to: url) { connection in
      var exchanges: [PublicExchange] = []
      for _ in 0..<times { exchanges.append(await connection.post(headers: [("x-a", "b")], body: Array("{}".utf8))) }
      return exchanges
    }
  }

  private func withServer(
    _ script: @escaping ScriptedServer.Script, _ body: (ScriptedServer) async throws -> Void
  ) async throws {
    let server = try await ScriptedServer(script)
    do {
      try await body(server)
      await server.stop()
    } catch {
      await server.stop()
      throw error
    }
  }

  private func answers(_ text: String, status: String = "200 OK", headers: String = "") -> ScriptedServer.Script {
    { conversation in
      while await conversation.readRequest() != nil {
        try await conversation.answer(text, status: status, headers: headers)
      }
    }
  }

  private static func knowing(_ addresses: [String]) -> HostLookup {
    HostLookup { _ in addresses.compactMap { IPAddress($0) } }
  }

  @Test func aNameLeadsToTheAddressThatWasLookedAt() async throws {
    try await withServer(answers("taken")) { server in
      let url = "http://hooks.nuanqun.invalid:\(server.port)/in?x=1"
      let exchanges = try await post(url, lookup: Self.knowing(["127.0.0.1"]))
      #expect(exchanges == [.answered(PublicAnswer(status: 200, excerpt: "taken"))])
      let request = try #require(server.requests.first)
      #expect(request.head.hasPrefix("POST /in?x=1 HTTP/1.1"))
      #expect(request.head.lowercased().contains("host: hooks.nuanqun.invalid:\(server.port)\r\n"))
      #expect(request.text == "{}")
    }
  }

  /// A name that means one address when it is looked at, and another afterwards; and the system knows it as a third.
  @Test func aNameThatChangesItsMeaningIsAskedOnlyOnce() async throws {
    try await withServer(answers("reached")) { server in
      let asked = NIOLockedValueBox(0)
      let changing = HostLookup { _ in
        let count = asked.withLockedValue { asked in
          asked += 1
          return asked
        }
        return [IPAddress(count == 1 ? "127.0.0.9" : "127.0.0.1")].compactMap { $0 }
      }
      let exchanges = try await post("http://localhost:\(server.port)/", lookup: changing, times: 2)
      #expect(exchanges.count == 2)
      for exchange in exchanges {
        guard case .unanswered(.unreachable, _) = exchange else { return #expect(Bool(false), "\(exchange)") }
      }
      #expect(asked.withLockedValue { $0 } == 1)
      #expect(server.connections == 0)
    }
  }

  @Test(arguments: [
    ["127.0.0.1"], ["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"],
    ["fd00:ec2::254"], ["2002:7f00:1::"], ["64:ff9b::7f00:1"], ["100.100.100.200"],
  ])
  func aNameOfAMachineWithinLeadsNowhere(addresses: [String]) async throws {
    try await withServer(answers("reached")) { server in
      let exchanges = try await post(
        "https://hooks.nuanqun.invalid:\(server.port)/", lookup: Self.knowing(addresses), loopback: false)
      guard case .unanswered(.forbiddenAddress, _) = exchanges[0] else { return #expect(Bool(false), "\(exchanges)") }
      #expect(server.connections == 0)
    }
  }

  /// Forms that the system reads as this machine.
  @Test(arguments: ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
  func otherWaysToWriteThisMachineLeadNowhere(host: String) async throws {
    try await withServer(answers("reached")) { server in
      let exchanges = try await post("https://\(host):\(server.port)/", loopback: false)
      guard case .unanswered(let fault, _) = exchanges[0] else { return #expect(Bool(false), "\(exchanges)") }
      #expect(fault == .forbiddenAddress || fault == .unknownHost)
      #expect(server.connections == 0)
    }
  }

  @Test func withoutTLSOnlyThisMachineIsAsked() async throws {
    let exchanges = try await post("http://hooks.nuanqun.invalid/", lookup: Self.knowing(["8.8.8.8"]))
    guard case .unanswered(.forbiddenAddress, _) = exchanges[0] else { return #expect(Bool(false), "\(exchanges)") }
  }

  /// The certificate is asked for in the name's own name, though the connection goes to an address.
  @Test func theNameIsTheOneThatTLSAsksFor() async throws {
    let hello = NIOLockedValueBox<Bool>(false)
    let reads: ScriptedServer.Script = { conversation in
      _ = await conversation.readSome()
      let text = conversation.unread
      hello.withLockedValue { $0 = text.contains("hooks.nuanqun.invalid") }
    }
    try await withServer(reads) { server in
      let exchanges = try await post(
        "https://hooks.nuanqun.invalid:\(server.port)/", lookup: Self.knowing(["127.0.0.1"]))
      guard case .unanswered(.unreachable, _) = exchanges[0] else { return #expect(Bool(false), "\(exchanges)") }
      #expect(hello.withLockedValue { $0 })
    }
  }

  @Test func aRedirectIsAnAnswerLikeAnyOther() async throws {
    try await withServer(answers("ok")) { target in
      let away = "location: http://127.0.0.1:\(target.port)/\r\n"
      try await withServer(answers("", status: "307 Temporary Redirect", headers: away)) { server in
        let exchanges = try await post("http://127.0.0.1:\(server.port)/")
        #expect(exchanges == [.answered(PublicAnswer(status: 307))])
        #expect(target.connections == 0)
      }
    }
  }

  @Test func ofALongAnswerTheBeginningIsKept() async throws {
    let long = String(repeating: "长", count: 400_000)
    try await withServer(answers(long, status: "500 Internal Server Error")) { server in
      let exchanges = try await post("http://127.0.0.1:\(server.port)/") { $0.excerptLength = 30 }
      guard case .answered(let answer) = exchanges[0] else { return #expect(Bool(false), "\(exchanges)") }
      #expect(answer.status == 500)
      #expect(answer.excerpt == String(repeating: "长", count: 10))
    }
  }

  @Test func anEndlessAnswerIsCutOff() async throws {
    let endless: ScriptedServer.Script = { conversation in
      await conversation.readRequest()
      try await conversation.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
      while true { try await conversation.write("400\r\n" + String(repeating: "x", count: 0x400) + "\r\n") }
    }
    try await withServer(endless) { server in
      let exchanges = try await post("http://127.0.0.1:\(server.port)/")
      guard case .answered(let answer) = exchanges[0] else { return #expect(Bool(false), "\(exchanges)") }
      #expect(answer.status == 200)
      #expect(answer.excerpt.utf8.count == 500)
    }
  }

  @Test func whoeverSaysNothingIsNotWaitedForForEver() async throws {
    try await withServer({ await $0.waitForEnd() }) { server in
      let exchanges = try await post("http://127.0.0.1:\(server.port)/") { $0.timeout = .seconds(5) }
      guard case .unanswered(.noAnswer, _) = exchanges[0] else { return #expect(Bool(false), "\(exchanges)") }
    }
  }

  @Test func theNextAddressIsTriedWhereOneCannotBeReached() async throws {
    try await withServer(answers("taken")) { server in
      let exchanges = try await post(
        "http://hooks.nuanqun.invalid:\(server.port)/", lookup: Self.knowing(["127.0.0.9", "127.0.0.1"]))
      #expect(exchanges == [.answered(PublicAnswer(status: 200, excerpt: "taken"))])
    }
  }

  @Test func aWishForAPauseIsHeard() async throws {
    try await withServer(answers("", status: "429 Too Many Requests", headers: "retry-after: 120\r\n")) { server in
      let exchanges = try await post("http://127.0.0.1:\(server.port)/")
      #expect(exchanges == [.answered(PublicAnswer(status: 429, retryAfter: 120))])
    }
  }

  @Test func requestsOneAfterTheOtherShareAConnection() async throws {
    try await withServer(answers("ok")) { server in
      _ = try await post("http://127.0.0.1:\(server.port)/", times: 3)
      #expect(server.requests.count == 3)
      #expect(server.connections == 1)
    }
  }

  @Test func theSystemKnowsThisMachineAndNotAnother() async throws {
    #expect(try await HostLookup.system().addresses("localhost").contains { $0.isLoopback })
    await #expect(throws: HostUnknown.self) { try await HostLookup.system().addresses("hooks.nuanqun.invalid") }
  }
}

extension Conversation {
  /// What has come and was not read as a request, as text of one byte each.
  var unread: String { String(String.UnicodeScalarView(unreadBytes.map { Unicode.Scalar($0) })) }
}
