import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What makes a repeated request the same request.
struct IdempotencyKey: Sendable, Hashable {
  /// The caller's name for the request.
  let key: String
  /// SHA-256 of what the request asks for.
  let fingerprint: Data

  /// Nil when the request has no key.
  ///
  /// - Throws: `Problem` when it is not 1 to 255 visible ASCII characters.
  init?(_ request: Request, body: ByteBuffer) throws {
    guard request.headers[.idempotencyKey] != nil else { return nil }
    try self.init(request, digest: Data(SHA256.hash(data: Data(body.readableBytesView))))
  }

  /// As above, where the body is known by its digest.
  init?(_ request: Request, digest: Data) throws {
    guard let key = request.headers[.idempotencyKey] else { return nil }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Problem.badHeader(.idempotencyKey, expected: "1–255 visible ASCII characters")
    }
    self.key = key
    var hash = SHA256()
    for part in [request.method.rawValue, request.uri.string, request.headers[.contentType] ?? ""] {
      hash.update(data: Data("\(part.utf8.count):\(part)".utf8))
    }
    hash.update(data: digest)
    fingerprint = Data(hash.finalize())
  }
}

extension HTTPField.Name {
  static let idempotencyKey = HTTPField.Name.literal("Idempotency-Key")
  static let idempotencyReplayed = HTTPField.Name.literal("Idempotency-Replayed")
  static let requestID = HTTPField.Name.literal("X-Request-ID")
  static let link = HTTPField.Name.literal("Link")

  /// The names written here are tokens, so the other name is never taken.
  private static func literal(_ name: String) -> HTTPField.Name {
    HTTPField.Name(name) ?? .via
  }
}
