import NIOCore
import NIOPosix
import Testing

/// A TCP connection that says exactly what a test tells it to, half a request included.
struct RawConnection: Sendable {
  private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

  init(port: Int) async throws {
    channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(host: "localhost", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
  }

  /// Sends text and reads until the other side closes or `isEnough` holds; gives what came and whether it was closed.
  func exchange(
    _ text: String, thenClosing: Bool = false, until isEnough: @Sendable (String) -> Bool = { _ in false }
  ) async throws -> (received: String, isClosed: Bool) {
    try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: text))
      if thenClosing { outbound.finish() }
      var received = ""
      do {
        for try await part in inbound {
          received += String(buffer: part)
          if isEnough(received) { return (received, false) }
        }
      } catch is IOError {
        // A reset is a close, too.
      }
      return (received, true)
    }
  }
}

/// A request to send a text, as bytes.
func rawSend(_ text: String, key: String = SandboxFixture.key, cutAfter kept: Int? = nil) -> String {
  let body = #"{"msgtype":"text","text":{"content":"\#(text)"}}"#
  let head = """
    POST /cgi-bin/webhook/send?key=\(key) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: \(body.utf8.count)\r\n\r\n
    """
  return head + String(decoding: Array(body.utf8).prefix(kept ?? .max), as: UTF8.self)
}

/// Waits until something holds, giving up after a generous while.
func eventually(
  within limit: Duration = .seconds(20), _ condition: () async throws -> Bool,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  Issue.record("did not come true within \(limit)", sourceLocation: sourceLocation)
}
