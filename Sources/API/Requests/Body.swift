import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Wording

extension Request {
  /// A JSON body as the type that the domain takes. Call it only after rights and existence are checked.
  ///
  /// - Throws: `Problem`, `JSONSyntaxError`, `InvalidInput`.
  func json<Value: Decodable>(
    _ type: Value.Type, upTo limit: Int, as types: [String] = ["application/json"]
  ) async throws -> Value {
    try StrictDecoding.decode(type, from: try await jsonValue(upTo: limit, as: types))
  }

  /// A JSON body as it was sent.
  func jsonValue(
    upTo limit: Int, as types: [String] = ["application/json"]
  ) async throws -> JSONValue {
    try requireMediaType(types)
    return try JSONParser.parse(Array(try await bytes(upTo: limit).readableBytesView))
  }

  /// The body as it was sent.
  func bytes(upTo limit: Int) async throws -> ByteBuffer {
    let tooLarge = Problem(.bodyTooLarge, [.limit: "\(limit)"])
    // A length that is announced need not be waited for.
    if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > limit { throw tooLarge }
    do {
      return try await body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw tooLarge
    }
  }

  /// Whether the caller says that a body follows.
  var hasBody: Bool {
    headers[.transferEncoding] != nil || headers[.contentLength].flatMap { Int($0) } ?? 0 > 0
  }

  /// - Throws: `Problem.unsupportedMediaType` unless the body is of one of the types; only UTF-8 is taken for JSON.
  func requireMediaType(_ types: [String]) throws {
    let parts = (headers[.contentType] ?? "").split(separator: ";").map { $0.trimmingSpaces.lowercased() }
    let isUTF8 = parts.dropFirst().filter { $0.hasPrefix("charset=") }
      .allSatisfy { ["charset=utf-8", "charset=\"utf-8\""].contains($0) }
    guard let type = parts.first, types.contains(type), isUTF8 || !type.hasSuffix("json") else {
      throw Problem(.unsupportedMediaType, [.limit: types.joined(separator: " | ")])
    }
  }
}

extension StringProtocol {
  var trimmingSpaces: String { trimmingCharacters(in: .whitespaces) }
}
