import Foundation
import Hummingbird
import HTTPTypes
import NIOCore

/// How the reading of a body ended.
enum ReadBody: Sendable {
  case whole(Data)
  /// More than the endpoint takes; the rest is not kept.
  case tooLarge(read: Int)
  /// The client went away in the middle, or the sandbox stops.
  case broken(read: Int)

  init(_ request: Request, limit: Int) async {
    var body = ByteBuffer()
    do {
      for try await part in request.body {
        body.writeImmutableBuffer(part)
        if body.readableBytes > limit {
          self = .tooLarge(read: body.readableBytes)
          return
        }
      }
    } catch {
      self = .broken(read: body.readableBytes)
      return
    }
    // A body that ends early because the connection closed ends like a whole one; its announced length tells.
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    if let announced, body.readableBytes < announced {
      self = .broken(read: body.readableBytes)
    } else {
      self = .whole(Data(body.readableBytesView))
    }
  }
}
