import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

/// A server on loopback that does to each connection what a script says, and keeps what it read.
final class ScriptedServer: Sendable {
  typealias Script = @Sendable (inout Conversation) async throws -> Void

  let port: Int
  private let listening: any Channel
  private let log: Log

  var url: String { "http://127.0.0.1:\(port)" }
  /// The requests that were read whole, in order.
  var requests: [RawRequest] { log.contents.withLockedValue { $0.requests } }
  /// All bytes that arrived, of whole and of broken requests.
  var bytesRead: Int { log.contents.withLockedValue { $0.bytes } }
  /// The connections that were accepted.
  var connections: Int { log.contents.withLockedValue { $0.channels.count } }

  init(_ script: @escaping Script) async throws {
    let log = Log()
    listening = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        log.contents.withLockedValue { $0.channels.append(channel) }
        let (input, feed) = AsyncStream.makeStream(of: ByteBuffer.self)
        Task {
          var conversation = Conversation(channel: channel, input: input.makeAsyncIterator(), log: log)
          // A script whose connection is cut ends with an error here, as it should.
          try? await script(&conversation)
          try? await channel.close()
        }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Feed(feed))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    self.log = log
    port = try #require(listening.localAddress?.port)
  }

  func stop() async {
    try? await listening.close()
    for channel in log.contents.withLockedValue({ $0.channels }) { try? await channel.close() }
  }

  final class Log: Sendable {
    struct Contents {
      var requests: [RawRequest] = []
      var bytes = 0
      var channels: [any Channel] = []
    }
    let contents = NIOLockedValueBox(Contents())
  }

  private final class Feed: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
      self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      continuation.yield(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
      continuation.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}

/// A request as it came down the wire.
struct RawRequest: Sendable {
  var head: String
  var body: [UInt8]
  var text: String { String(decoding: body, as: UTF8.self) }
}

/// One connection in the hands of a script.
struct Conversation {
  let channel: any Channel
  var input: AsyncStream<ByteBuffer>.AsyncIterator
  let log: ScriptedServer.Log
  private var pending: [UInt8] = []
  var unreadBytes: [UInt8] { pending }

  init(channel: any Channel, input: AsyncStream<ByteBuffer>.AsyncIterator, log: ScriptedServer.Log) {
    self.channel = channel
    self.input = input
    self.log = log
  }

  /// Waits for some bytes; false at the end of the connection.
  mutating func readSome() async -> Bool {
    guard let part = await input.next() else { return false }
    log.contents.withLockedValue { $0.bytes += part.readableBytes }
    pending += part.readableBytesView
    return true
  }

  /// Reads one whole request; nil when the other side closed.
  @discardableResult mutating func readRequest() async -> RawRequest? {
    while true {
      if let request = takeRequest() {
        log.contents.withLockedValue { $0.requests.append(request) }
        return request
      }
      guard await readSome() else { return nil }
    }
  }

  private mutating func takeRequest() -> RawRequest? {
    guard let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
    let length =
      head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
    guard pending.count >= end.upperBound + length else { return nil }
    defer { pending.removeFirst(end.upperBound + length) }
    return RawRequest(head: head, body: Array(pending[end.upperBound..<end.upperBound + length]))
  }

  func write(_ text: String) async throws {
    try await channel.writeAndFlush(ByteBuffer(string: text))
  }

  func answer(_ body: String, status: String = "200 OK", headers: String = "") async throws {
    try await write("HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
  }

  /// Reads on until the other side closes.
  mutating func waitForEnd() async {
    while await readSome() {}
  }

  /// Ends the connection with a reset instead of an orderly close.
  func reset() async throws {
    let options = try #require(channel as? any SocketOptionProvider)
    try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    try await channel.close()
  }
}
