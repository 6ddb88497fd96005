import Channels
import Testing

/// A file is uploaded first; only the message that names it is the send.
@Suite struct FileTests {
  let file = OutgoingMessage.file(name: "价目表.txt", bytes: Array("一斤十元".utf8))
  let uploaded = #"{"errcode":0,"errmsg":"ok","type":"file","media_id":"media-1","created_at":"1380000000"}"#

  private func server(upload: String, status: String = "200 OK", send: [String] = [ok]) -> ScriptedServer.Script {
    let sends = AsyncStream { continuation in
      for answer in send { continuation.yield(answer) }
      continuation.finish()
    }
    return { talk in
      var answers = sends.makeAsyncIterator()
      while let request = await talk.readRequest() {
        if request.head.contains("/upload_media?") {
          try await talk.answer(upload, status: status)
        } else {
          try await talk.answer(await answers.next() ?? ok)
        }
      }
    }
  }

  @Test func itIsUploadedOnceForManyMessages() async throws {
    try await withRobot(script: server(upload: uploaded)) { robot, account, server in
      #expect(await robot.prepare(file, for: account, firstByteBy: nil) == nil)
      #expect(server.requests.count == 1)
      for _ in 0..<2 { #expect(await robot.send(file, through: account, firstByteBy: .ample).name == "confirmed") }
      let requests = server.requests
      #expect(requests.count == 3)
      #expect(requests[0].head.hasPrefix("POST /cgi-bin/webhook/upload_media?key=\(robotKey)&type=file HTTP/1.1\r\n"))
      #expect(requests[0].text.contains("filename=\"价目表.txt\"; filelength=12\r\n"))
      #expect(requests[0].text.contains("\r\n\r\n一斤十元\r\n--"))
      #expect(requests[1].text == #"{"file":{"media_id":"media-1"},"msgtype":"file"}"#)
    }
  }

  /// The call that was counted for it may leave no later than that.
  @Test func anUploadThatIsLateDoesNotLeave() async throws {
    try await withRobot(script: server(upload: uploaded)) { robot, account, server in
      #expect(await robot.prepare(file, for: account, firstByteBy: .now)?.name == "not_sent")
      #expect(await robot.send(file, through: account, firstByteBy: .now).name == "not_sent")
      #expect(server.requests.isEmpty)
    }
  }

  @Test func anotherRobotUploadsItsOwn() async throws {
    try await withRobot(script: server(upload: uploaded)) { robot, account, server in
      _ = await robot.send(file, through: account, firstByteBy: .ample)
      _ = await robot.send(file, through: try .weComRobot("another-robot"), firstByteBy: .ample)
      #expect(server.requests.count { $0.head.contains("/upload_media?") } == 2)
    }
  }

  @Test func anIDThatWeComForgotIsUploadedAgain() async throws {
    try await withRobot(script: server(upload: uploaded, send: [ok, #"{"errcode":40007}"#, ok])) {
      robot, account, server in
      #expect(await robot.send(file, through: account, firstByteBy: .ample).name == "confirmed")
      let second = await robot.send(file, through: account, firstByteBy: .ample)
      #expect(second.name == "busy")
      #expect(second.reason?.kind == .stale)
      #expect(await robot.send(file, through: account, firstByteBy: .ample).name == "confirmed")
      #expect(server.requests.count { $0.head.contains("/upload_media?") } == 2)
    }
  }

  @Test(arguments: [
    ("garbage", "200 OK", "not_sent"), (ok, "200 OK", "not_sent"), (ok, "500 Error", "not_sent"),
    (#"{"errcode":40006}"#, "200 OK", "rejected"), (#"{"errcode":93000}"#, "200 OK", "broken"),
    (#"{"errcode":45009}"#, "200 OK", "parked"), (#"{"errcode":-1}"#, "200 OK", "busy"),
  ]) func aFailedUploadSendsNothing(answer: String, status: String, name: String) async throws {
    try await withRobot(script: server(upload: answer, status: status)) { robot, account, server in
      #expect(await robot.prepare(file, for: account, firstByteBy: nil)?.name == name)
      #expect(await robot.send(file, through: account, firstByteBy: .ample).name == name)
      #expect(server.requests.allSatisfy { $0.head.contains("/upload_media?") })
    }
  }

  @Test func anUploadCutOffSendsNothing() async throws {
    try await withRobot { talk in
      await talk.readRequest()
    } _: { robot, account, server in
      let outcome = await robot.send(file, through: account, firstByteBy: .ample)
      #expect(outcome.name == "not_sent")
      #expect(outcome.reason?.kind == .uploadFailed)
    }
  }

  @Test func anUploadThatOutlastsTheTimeIsKeptForTheNextAttempt() async throws {
    let (allowed, allow) = AsyncStream.makeStream(of: Void.self)
    try await withRobot { talk in
      while let request = await talk.readRequest() {
        if request.head.contains("/upload_media?") {
          for await _ in allowed { break }
          try await talk.answer(uploaded)
        } else {
          try await talk.answer(ok)
        }
      }
    } _: { robot, account, server in
      let limit = ContinuousClock.now + .seconds(2)
      let sending = Task { await robot.send(file, through: account, firstByteBy: limit) }
      try await eventually("the time passed during the upload") {
        server.requests.count == 1 && ContinuousClock.now > limit
      }
      allow.yield()
      #expect(await sending.value.reason?.kind == .tooLate)
      #expect(await robot.send(file, through: account, firstByteBy: .ample).name == "confirmed")
      #expect(server.requests.count == 2)
    }
  }
}
