import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

/// A receiver of webhooks on loopback: keeps what it is sent, and answers as it is told to.
final class Receiver: Sendable {
  struct Arrival: Sendable {
    let headers: HTTPHeaders
    let body: [UInt8]

    func header(_ name: String) -> String { headers.first(name: name) ?? "" }
    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
    var type: String { json["type"] as? String ?? "" }
    var data: [String: Any] { json["data"] as? [String: Any] ?? [:] }
  }

  private struct State {
    var arrivals: [Arrival] = []
    var status: @Sendable (Arrival) -> Int = { _ in 204 }
    var headers: HTTPHeaders = [:]
  }

  private let listening: any Channel
  private let state: NIOLockedValueBox<State>
  let port: Int

  var url: String { "http://127.0.0.1:\(port)/hooks" }
  var arrivals: [Arrival] { state.withLockedValue(\.arrivals) }

  init() async throws {
    let state = NIOLockedValueBox(State())
    listening = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(state: state))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    self.state = state
    port = try #require(listening.localAddress?.port)
  }

  func answer(_ status: Int, headers: HTTPHeaders = [:]) {
    answer(headers: headers) { _ in status }
  }

  func answer(headers: HTTPHeaders = [:], _ status: @escaping @Sendable (Arrival) -> Int) {
    state.withLockedValue { state in
      state.status = status
      state.headers = headers
    }
  }

  func stop() async { try? await listening.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    let state: NIOLockedValueBox<State>
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []

    init(state: NIOLockedValueBox<State>) {
      self.state = state
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (headers, body) = (head.headers, [])
      case .body(let part): body += part.readableBytesView
      case .end:
        let arrival = Arrival(headers: headers, body: body)
        let (status, extra) = state.withLockedValue { state in
          state.arrivals.append(arrival)
          return (state.status(arrival), state.headers)
        }
        var headers = extra
        headers.add(name: "content-length", value: "0")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }
  }
}

func withReceiver(_ test: (Receiver) async throws -> Void) async throws {
  let receiver = try await Receiver()
  do {
    try await test(receiver)
    await receiver.stop()
  } catch {
    await receiver.stop()
    throw error
  }
}
