import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Sends a request to one of the trial's own servers.
enum Web {
  struct Answer: Sendable {
    let status: Int
    let body: Data

    var isSuccess: Bool { (200..<300).contains(status) }
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// One event loop: with several, a server that is killed at the moment in which a request ends can make the client trap.
  /// It lives as long as the process.
  private static let client = HTTPClient(
    eventLoopGroupProvider: .shared(HTTPClient.defaultEventLoopGroup.any()))

  static func send(
    _ method: String, _ url: String, _ body: Data? = nil, type: String = "application/json",
    headers: [String: String] = [:], within limit: TimeAmount = .seconds(15)
  ) async throws -> Answer {
    var request = HTTPClientRequest(url: url)
    request.method = .RAW(value: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body {
      request.headers.add(name: "Content-Type", value: type)
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    let response = try await client.execute(request, timeout: limit)
    let body = try await response.body.collect(upTo: 32 << 20)
    return Answer(status: Int(response.status.code), body: Data(body.readableBytesView))
  }
}
