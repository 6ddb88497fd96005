import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// A platform's whole answer.
struct HTTPAnswer: Sendable {
  var status: HTTPResponseStatus
  var headers: HTTPHeaders
  var body: ByteBuffer
}

/// An answer longer than anything that a platform says.
struct AnswerTooLarge: Error {}

/// Collects one answer up to a limit.
final class AnswerCollector: HTTPClientResponseDelegate {
  typealias Response = HTTPAnswer

  private let limit: Int
  private let gate: FirstByteGate
  private let answer = NIOLockedValueBox<HTTPAnswer?>(nil)

  init(limit: Int, gate: FirstByteGate) {
    self.limit = limit
    self.gate = gate
  }

  func didSendRequestHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPRequestHead) {
    gate.wasPassed()
  }

  func didReceiveHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    answer.withLockedValue { $0 = HTTPAnswer(status: head.status, headers: head.headers, body: ByteBuffer()) }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(task: HTTPClient.Task<HTTPAnswer>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
    let fits = answer.withLockedValue { answer in
      guard let length = answer?.body.readableBytes, length + part.readableBytes <= limit else { return false }
      answer?.body.writeImmutableBuffer(part)
      return true
    }
    return fits ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(AnswerTooLarge())
  }

  func didFinishRequest(task: HTTPClient.Task<HTTPAnswer>) throws -> HTTPAnswer {
    guard let answer = answer.withLockedValue({ $0 }) else { throw HTTPClientError.remoteConnectionClosed }
    return answer
  }
}
