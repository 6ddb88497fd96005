import AsyncHTTPClient
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// Keeps the head of an answer and the beginning of its body. A body that goes on beyond a limit is not read to its end:
/// what the head said stands.
final class ExcerptCollector: HTTPClientResponseDelegate {
  typealias Response = Void

  private struct State {
    var hasSent = false
    var head: HTTPResponseHead?
    var body = ByteBuffer()
    var length = 0
  }

  private struct Enough: Error {}

  private let limit: Int
  private let kept: Int
  private let state = NIOLockedValueBox(State())

  init(limit: Int, keeping kept: Int) {
    self.limit = limit
    self.kept = kept
  }

  /// Whether a byte of the request may have left.
  var hasSent: Bool { state.withLockedValue(\.hasSent) }

  /// Nil while no head has come.
  var answer: PublicAnswer? {
    state.withLockedValue { state in
      guard let head = state.head else { return nil }
      let excerpt = String(decoding: state.body.readableBytesView, as: UTF8.self).replacing("\0", with: "")
      let pause = head.headers.first(name: "retry-after").flatMap { TimeInterval($0) }
      return PublicAnswer(
        status: Int(head.status.code), retryAfter: pause.flatMap { $0 >= 0 && $0.isFinite ? $0 : nil },
        excerpt: excerpt)
    }
  }

  func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
    state.withLockedValue { $0.hasSent = true }
  }

  func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    state.withLockedValue { $0.head = head }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
    let goesOn = state.withLockedValue { state in
      state.length += part.readableBytes
      var part = part
      let room = kept - state.body.readableBytes
      if room > 0, let piece = part.readSlice(length: min(room, part.readableBytes)) {
        state.body.writeImmutableBuffer(piece)
      }
      return state.length <= limit
    }
    return goesOn ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(Enough())
  }

  func didFinishRequest(task: HTTPClient.Task<Void>) throws {}
}
