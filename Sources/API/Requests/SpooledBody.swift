import Crypto
import Dispatch
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Sheets
import Wording

extension Request {
  /// The body as it was sent, kept in a file, and what tells it from others.
  func spooled(upTo limit: Int) async throws -> (file: SpoolFile, digest: Data) {
    let tooLarge = Problem(.bodyTooLarge, [.limit: "\(limit)"])
    if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > limit { throw tooLarge }
    let file = try SpoolFile()
    var hash = SHA256()
    var count = 0
    for try await piece in body {
      count += piece.readableBytes
      guard count <= limit else { throw tooLarge }
      try file.append(piece.readableBytesView)
      piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
    }
    return (file, Data(hash.finalize()))
  }

  /// For what is asked for by the address alone: no parameters, and a body at most of no meaning.
  func requireNoQuestion() throws {
    _ = try Query(self)
    if hasBody { try requireMediaType(["application/json"]) }
  }
}

/// Where files are read that take the processor for a second or more: one after the other, so that requests which take
/// none of that time do not wait behind them.
enum FileDesk {
  private static let queue = DispatchQueue(label: "nuanqun.files")

  static func `do`<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try work() }) }
    }
  }
}
