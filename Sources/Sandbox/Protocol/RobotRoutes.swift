import Foundation
import HTTPTypes
import Hummingbird
import ServiceLifecycle

/// The robot protocol: every answer is status 200 with an `errcode`, as the platform does it.
struct RobotRoutes: Sendable {
  let platform: Platform

  func add(to router: Router<SandboxContext>) {
    let group = router.group("cgi-bin/webhook")
    group.post("send", use: send)
    group.post("upload_media", use: upload)
    group.get("send") { _, _ in Self.answer(Refusal(.notPost), number: nil) }
    group.get("upload_media") { _, _ in Self.answer(Refusal(.notPost), number: nil) }
  }

  @Sendable func send(_ request: Request, _ context: SandboxContext) async throws -> Response {
    try await take(.send, request, context, limit: MessageLimits.sendBody, tooLarge: .bodyTooLarge) { key, body in
      await platform.decide(IncomingMessage(decoding: body), key: key, bodyBytes: body.count)
    }
  }

  @Sendable func upload(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let type = request.uri.queryParameters["type"].map(String.init)
    return try await take(
      .uploadMedia, request, context, limit: MessageLimits.uploadBody, tooLarge: .wrongFileSize
    ) { key, body in
      let upload = IncomingUpload(type: type, contentType: request.headers[.contentType], body: body)
      return await platform.decide(upload, key: key, bodyBytes: body.count)
    }
  }

  private func take(
    _ endpoint: SandboxLogEntry.Endpoint, _ request: Request, _ context: SandboxContext, limit: Int,
    tooLarge: ReplyCode, decide: (_ key: String, _ body: Data) async -> Reply
  ) async throws -> Response {
    let key = request.uri.queryParameters["key"].map(String.init) ?? ""
    if let fault = await platform.faultWhileReading(endpoint, key: key) {
      _ = await platform.recordUnread(endpoint, key: key, bodyBytes: 0, fault: fault)
      return await context.cut()
    }
    switch await ReadBody(request, limit: limit) {
    case .whole(let body):
      let reply = await decide(key, body)
      return try await deliver(reply, type: request.uri.queryParameters["type"].map(String.init), request, context)
    case .tooLarge(let read):
      let refusal = Refusal(tooLarge, "the body is larger than \(limit) bytes")
      let reply = await platform.recordUnread(endpoint, key: key, bodyBytes: read, refusal: refusal)
      return Self.answer(reply.refusal, number: reply.number)
    case .broken(let read):
      _ = await platform.recordUnread(endpoint, key: key, bodyBytes: read)
      return await context.cut()
    }
  }

  /// Answers, or misbehaves as ordered. What it does about the message is done by now.
  private func deliver(
    _ reply: Reply, type: String?, _ request: Request, _ context: SandboxContext
  ) async throws -> Response {
    let delay = reply.fault?.delayMilliseconds.map { Duration.milliseconds($0) }
    switch reply.fault?.mode {
    case .cutBeforeAccepting, .cutAfterAccepting, .cutWhileReading:
      return await context.cut()
    case .errorAfterAccepting:
      return Response(
        status: .badGateway, headers: [.contentType: "text/html"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: "<html><h1>502 Bad Gateway</h1></html>")))
    case .hangAfterAccepting:
      await context.hang(for: delay)
      return await context.cut()
    case .slow:
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: delay ?? .zero) }
    case .errorBeforeAccepting, .rateError, nil:
      break
    }
    return Self.answer(reply.refusal, number: reply.number, upload: reply.upload, type: type)
  }

  private struct Answer: Encodable {
    var errcode: Int
    var errmsg: String
    var type: String?
    var media_id: String?
    var created_at: String?
  }

  private static func answer(
    _ refusal: Refusal?, number: Int?, upload: (id: String, at: Moment)? = nil, type: String? = nil
  ) -> Response {
    let errmsg = refusal.map { "\($0.errmsg), hint: [sandbox_\(number ?? 0)]" } ?? "ok"
    let answer = Answer(
      errcode: (refusal?.code ?? .ok).errcode, errmsg: errmsg, type: upload == nil ? nil : type,
      media_id: upload?.id, created_at: upload.map { String($0.at.milliseconds / 1000) })
    return .json(answer)
  }
}

extension SandboxContext {
  /// Waits without answering until the client leaves, the time is over or the sandbox stops.
  fileprivate func hang(for duration: Duration?) async {
    let (silence, end) = AsyncStream.makeStream(of: Never.self)
    let timer = duration.map { duration in
      Task {
        try? await Task.sleep(for: duration)
        end.finish()
      }
    }
    await ConnectionWatch.waiting(on: channel) {
      for await _ in silence {}
    } onEnd: {
      end.finish()
    }
    timer?.cancel()
  }
}
