import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore

@testable import API

/// Asks the API as a program would, without a network.
struct Asker: Sendable {
  let client: any TestClientProtocol
  /// Where relative paths begin.
  var base = "/v1"
  var key: String?
  var language = "zh-Hans"

  /// The same asker for paths under a brand.
  func within(_ brand: String) -> Asker {
    var asker = self
    asker.base = "/v1/brands/\(brand)"
    return asker
  }

  func with(key: String?) -> Asker {
    var asker = self
    asker.key = key
    return asker
  }

  func send(
    _ method: HTTPRequest.Method, _ path: String, body: [UInt8]? = nil, headers: HTTPFields = [:]
  ) async throws -> Reply {
    var all: HTTPFields = [.acceptLanguage: language]
    if let key { all[.authorization] = "Bearer \(key)" }
    for field in headers { all[field.name] = field.value }
    let uri = path.hasPrefix("/") ? path : "\(base)/\(path)"
    return try await client.execute(
      uri: uri, method: method, headers: all, body: body.map { ByteBuffer(bytes: $0) }
    ) { response in
      Reply(
        status: response.status.code, headers: response.headers, bytes: Array(response.body.readableBytesView))
    }
  }

  func get(_ path: String, headers: HTTPFields = [:]) async throws -> Reply {
    try await send(.get, path, headers: headers)
  }

  /// Sends JSON, written as it is.
  func json(
    _ method: HTTPRequest.Method, _ path: String, _ body: String, headers: HTTPFields = [:]
  ) async throws -> Reply {
    var headers = headers
    if headers[.contentType] == nil { headers[.contentType] = "application/json" }
    return try await send(method, path, body: Array(body.utf8), headers: headers)
  }

  func post(_ path: String, _ body: String, headers: HTTPFields = [:]) async throws -> Reply {
    try await json(.post, path, body, headers: headers)
  }
}

/// What came back.
struct Reply: Sendable, CustomStringConvertible {
  let status: Int
  let headers: HTTPFields
  let bytes: [UInt8]

  /// The body; null when it is no JSON.
  var json: JSONValue { (try? JSONParser.parse(bytes)) ?? .null }
  var text: String { String(decoding: bytes, as: UTF8.self) }
  var id: String { json["id"]?.string ?? "" }
  var items: [JSONValue] { json["items"]?.array ?? [] }
  var description: String { "\(status) \(text)" }

  /// The pointers and codes of a problem.
  var errors: [String: String] {
    let pairs = (json["errors"]?.array ?? []).map { ($0["pointer"]?.string ?? "", $0["code"]?.string ?? "") }
    return Dictionary(pairs) { first, _ in first }
  }

  var problem: String { json["type"]?.string ?? "" }
}

/// Runs a test against the API with the tests' deployment.
func withAPI(
  _ dependencies: ((House) throws -> APIDependencies)? = nil, _ body: @Sendable (Asker, House) async throws -> Void
) async throws {
  let house = try await House.shared()
  let app = Application(router: try buildAPI(dependencies?(house) ?? house.dependencies()))
  try await app.test(.router) { client in
    try await body(Asker(client: client, key: house.key), house)
  }
}
