import NIOCore
import NIOHTTP1

/// Sits in a connection directly before the bytes are made and asks the gate of each request before its head passes.
///
/// The client offers no hook between choosing a connection and writing to it, so a request brings the number of its gate
/// in a header, which ends here.
final class FirstByteGateHandler: ChannelOutboundHandler {
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  static let header = "nuanqun-gate"

  private let gates: FirstByteGates
  private var isRefusing = false

  init(gates: FirstByteGates) {
    self.gates = gates
  }

  /// Puts a handler into a fresh connection of the client.
  static func install(in channel: any Channel, gates: FirstByteGates) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
      try pipeline.addHandler(FirstByteGateHandler(gates: gates), position: .after(encoder))
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let part = unwrapOutboundIn(data)
    guard !isRefusing else {
      promise?.fail(FirstByteRefused())
      return
    }
    guard case .head(var head) = part else {
      context.write(data, promise: promise)
      return
    }
    let gate = head.headers.first(name: Self.header).flatMap { Int($0) }.flatMap { gates[$0] }
    head.headers.remove(name: Self.header)
    guard let gate, gate.open() else {
      refuse(context: context, promise: promise)
      return
    }
    context.write(wrapOutboundOut(.head(head)), promise: promise)
  }

  private func refuse(context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
    isRefusing = true
    promise?.fail(FirstByteRefused())
    // The client is in the middle of its own step here and does not expect the connection to end inside it.
    context.eventLoop.assumeIsolated().execute { context.close(promise: nil) }
  }
}

/// The first byte of a request was held back.
struct FirstByteRefused: Error {}
