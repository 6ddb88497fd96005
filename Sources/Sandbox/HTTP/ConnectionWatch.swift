import NIOCore
import ServiceLifecycle

/// Watches one connection: tells requests that wait on purpose when the client leaves, and keeps the connection from
/// holding up the stop.
///
/// The server itself waits without end for requests in progress, and a client that sends half a body is one; so a moment
/// after the stop was asked for the connection is closed, whatever it is doing.
/// `@unchecked Sendable` is safe: the state is touched on the channel's event loop alone.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
  typealias InboundIn = NIOAny

  private let grace: TimeAmount
  private var leaving: EventLoopPromise<Void>?

  init(grace: TimeAmount) {
    self.grace = grace
  }

  func handlerAdded(context: ChannelHandlerContext) {
    leaving = context.eventLoop.makePromise()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    leaving?.succeed()
  }

  func channelInactive(context: ChannelHandlerContext) {
    leaving?.succeed()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent {
      let channel = context.channel
      channel.eventLoop.scheduleTask(in: grace) { channel.close(mode: .all, promise: nil) }
    } else if case ChannelEvent.inputClosed? = event as? ChannelEvent {
      leaving?.succeed()
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// Runs something that waits, and calls `onEnd` once when the client leaves or the sandbox stops, whichever is first.
  static func waiting(
    on channel: any Channel, _ operation: () async throws -> Void, onEnd: @escaping @Sendable () -> Void
  ) async rethrows {
    channel.eventLoop
      .flatSubmit {
        let watch = try? channel.pipeline.syncOperations.handler(type: ConnectionWatch.self)
        return watch?.leaving?.futureResult ?? channel.closeFuture
      }
      .whenComplete { _ in onEnd() }
    try await withGracefulShutdownHandler(operation: operation, onGracefulShutdown: onEnd)
  }
}
