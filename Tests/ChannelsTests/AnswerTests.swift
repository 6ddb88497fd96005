import Channels
import Testing

/// What each kind of answer, and each way to get none, is taken for.
@Suite struct AnswerTests {
  private func outcome(
    timeout: Duration = .seconds(30), _ script: @escaping ScriptedServer.Script
  ) async throws -> DispatchOutcome {
    try await withRobot(timeout: timeout, script: script) { robot, account, server in
      let outcome = await robot.send(hello, through: account, firstByteBy: .ample)
      try await eventually("the server saw the connection") { server.connections > 0 }
      #expect(server.connections == 1, "one call is one attempt")
      return outcome
    }
  }

  private func outcome(answer body: String, status: String = "200 OK", headers: String = "") async throws
    -> DispatchOutcome
  {
    try await outcome { talk in
      await talk.readRequest()
      try await talk.answer(body, status: status, headers: headers)
      await talk.waitForEnd()
    }
  }

  @Test(arguments: [
    ok, #"{"errcode":0}"#, #"{"errcode":"0","errmsg":"ok"}"#, #" {"errmsg":null,"errcode":0,"new":[{}]} "#,
  ]) func codeZeroIsSuccess(body: String) async throws {
    #expect(try await outcome(answer: body) == .confirmed(receipt: DispatchReceipt()))
  }

  @Test func aMessageIDIsKept() async throws {
    #expect(
      try await outcome(answer: #"{"errcode":0,"msgid":"m-1"}"#)
        == .confirmed(receipt: DispatchReceipt(messageID: "m-1")))
  }

  @Test func refusalsCarryCodeAndWords() async throws {
    let outcome = try await outcome(answer: #"{"errcode":93000,"errmsg":"invalid webhook url, hint: [1]"}"#)
    #expect(outcome.name == "broken")
    #expect(outcome.reason?.code == 93000)
    #expect(outcome.reason?.kind == .account)
    #expect(outcome.reason?.text == "invalid webhook url, hint: [1]")
  }

  @Test func codesMayBeText() async throws {
    let outcome = try await outcome(answer: #"{"errcode":"45009"}"#)
    guard case .parked(let pause, let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(pause == .seconds(60))
    #expect(reason.code == 45009)
    #expect(reason.text == "")
  }

  @Test(arguments: [
    "", "ok", "[]", "{}", #"{"errmsg":"ok"}"#, #"{"errcode":null}"#, #"{"errcode":"zero"}"#, #"{"errcode":0"#,
    #"{"errcode":true}"#, "<html>proxy</html>", "{\"errcode\":0}}", "\u{0}",
  ]) func whatCannotBeReadIsUnknown(body: String) async throws {
    let outcome = try await outcome(answer: body)
    #expect(outcome.name == "unknown")
    #expect(outcome.reason?.kind == .unreadableAnswer)
  }

  @Test(arguments: ["201 Created", "202 Accepted", "400 Bad Request", "408 Timeout", "500 Error", "502 Bad Gateway"])
  func onlyStatus200IsSuccess(status: String) async throws {
    let outcome = try await outcome(answer: ok, status: status)
    #expect(outcome.name == "unknown")
    #expect(outcome.reason?.kind == .serverError)
  }

  @Test func serverErrorsAreUnknownWhateverTheySay() async throws {
    let outcome = try await outcome(answer: #"{"errcode":-1}"#, status: "503 Service Unavailable")
    #expect(outcome.name == "unknown")
  }

  @Test func redirectsAreNotFollowed() async throws {
    try await withRobot { talk in
      await talk.readRequest()
      try await talk.answer("", status: "307 Temporary Redirect", headers: "location: /elsewhere\r\n")
      await talk.readRequest()
    } _: { robot, account, server in
      #expect(await robot.send(hello, through: account, firstByteBy: .ample).name == "unknown")
      #expect(server.requests.count == 1)
    }
  }

  @Test(arguments: [
    ("401 Unauthorized", "broken"), ("403 Forbidden", "broken"), ("404 Not Found", "broken"),
    ("413 Too Large", "rejected"), ("431 Too Large", "rejected"),
  ]) func refusalsOfHTTPItself(status: String, name: String) async throws {
    #expect(try await outcome(answer: "<html>", status: status).name == name)
  }

  @Test func aKnownCodeSaysMoreThanItsStatus() async throws {
    let outcome = try await outcome(answer: #"{"errcode":44004}"#, status: "403 Forbidden")
    #expect(outcome.name == "rejected")
    #expect(outcome.reason?.code == 44004)
  }

  @Test(arguments: [
    ("", 60), ("retry-after: 120\r\n", 120), ("retry-after: 5\r\n", 60), ("retry-after: soon\r\n", 60),
    ("retry-after: 999999999\r\n", 86_400), ("retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 60),
    ("retry-after: Wed, 06 Nov 2999 08:49:37 GMT\r\n", 86_400), ("retry-after: -9223372036854775808\r\n", 60),
  ]) func tooManyRequestsParks(headers: String, seconds: Int) async throws {
    let outcome = try await outcome(answer: "", status: "429 Too Many Requests", headers: headers)
    guard case .parked(let pause, let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(pause == .seconds(seconds))
    #expect(reason.kind == .rate)
  }

  @Test func silenceAfterReadingIsUnknown() async throws {
    let outcome = try await outcome(timeout: .seconds(2)) { talk in
      await talk.readRequest()
      await talk.waitForEnd()
    }
    #expect(outcome.name == "unknown")
    #expect(outcome.reason?.kind == .noAnswer)
  }

  @Test func aDrippingAnswerEndsWithTheTime() async throws {
    let outcome = try await outcome(timeout: .seconds(2)) { talk in
      await talk.readRequest()
      try await talk.write("HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n")
      while true {
        try await talk.write(" ")
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    #expect(outcome.name == "unknown")
    #expect(outcome.reason?.kind == .noAnswer)
  }

  @Test func aHugeAnswerIsNotRead() async throws {
    let outcome = try await outcome { talk in
      await talk.readRequest()
      try await talk.answer(#"{"errcode":0,"errmsg":""# + String(repeating: "x", count: 70_000) + #""}"#)
      await talk.waitForEnd()
    }
    #expect(outcome.name == "unknown")
    #expect(outcome.reason?.kind == .unreadableAnswer)
  }

  @Test func anAnswerOfTheFullLengthIsRead() async throws {
    let body = #"{"errcode":0,"errmsg":""# + String(repeating: "x", count: 65_536 - 25) + #""}"#
    #expect(body.utf8.count == 65_536)
    #expect(try await outcome(answer: body).name == "confirmed")
  }

  @Test(arguments: [
    "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 27\r\n\r\n", "garbage\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 27\r\n\r\n{\"errcode\":0,\"er",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nd\r\n{\"errcode\":0}\r\n",
  ]) func anAnswerThatBreaksOffIsUnknown(part: String) async throws {
    let outcome = try await outcome { talk in
      await talk.readRequest()
      if !part.isEmpty { try await talk.write(part) }
    }
    #expect(outcome.name == "unknown")
    #expect(outcome.reason?.kind == .connectionLost)
  }

  @Test func aConnectionCutInTheMiddleOfTheRequestIsUnknown() async throws {
    let picture = OutgoingMessage.image(bytes: [0xFF, 0xD8, 0xFF] + Array(repeating: 0, count: 2_000_000), .jpeg)
    try await withRobot { talk in
      _ = await talk.readSome()
      try await talk.reset()
    } _: { robot, account, server in
      let outcome = await robot.send(picture, through: account, firstByteBy: .ample)
      #expect(outcome.name == "unknown")
      #expect(server.requests.isEmpty)
    }
  }
}
