import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Talks to one of the demo's servers as any program would.
struct HTTP: Sendable {
  let client: HTTPClient
  let base: String
  var key: String?

  /// Sends a request and reads the answer as JSON. Throws `DemoFailure` for any status but success.
  @discardableResult
  func send(
    _ method: String, _ path: String, _ body: Data? = nil, type: String = "application/json",
    idempotencyKey: String? = nil
  ) async throws -> JSONValue {
    var request = HTTPClientRequest(url: base + path)
    request.method = .RAW(value: method)
    request.headers.add(name: "Content-Type", value: type)
    if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
    if let idempotencyKey { request.headers.add(name: "Idempotency-Key", value: idempotencyKey) }
    if let body { request.body = .bytes(ByteBuffer(data: body)) }
    let response = try await client.execute(request, timeout: .seconds(60))
    let answer = Data(buffer: try await response.body.collect(upTo: 32 << 20))
    guard (200..<300).contains(Int(response.status.code)) else {
      throw DemoFailure("\(method) \(path): \(response.status) \(String(decoding: answer, as: UTF8.self))")
    }
    return answer.isEmpty ? .null : try JSONDecoder().decode(JSONValue.self, from: answer)
  }

  /// Sends a JSON body.
  @discardableResult
  func send(_ method: String, _ path: String, json: JSONValue, idempotencyKey: String? = nil) async throws -> JSONValue
  {
    try await send(method, path, try JSONEncoder().encode(json), idempotencyKey: idempotencyKey)
  }

  /// Waits until the server answers a path with success.
  func waitUntilReady(_ path: String, within limit: Duration = .seconds(30)) async throws {
    let end = ContinuousClock.now + limit
    while true {
      do {
        let answer = try await client.execute(HTTPClientRequest(url: base + path), timeout: .seconds(2))
        guard answer.status == .ok else { throw DemoFailure("\(path) answers \(answer.status)") }
        return
      } catch {
        guard ContinuousClock.now < end else { throw DemoFailure("\(base) does not answer: \(error)") }
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }
}
