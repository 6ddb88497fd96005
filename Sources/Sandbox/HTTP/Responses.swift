import Foundation
import HTTPTypes
import Hummingbird

extension Response {
  /// A JSON answer with keys in a fixed order.
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Response(
        status: status, headers: [.contentType: "application/json; charset=UTF-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    } catch {
      return Response(status: .internalServerError)
    }
  }

  /// A control request that cannot be followed: which field is wrong, and what it must be.
  static func problem(
    _ text: String, field: String? = nil, status: HTTPResponse.Status = .badRequest
  ) -> Response {
    .json(Problem(error: text, field: field), status: status)
  }

  static func html(_ page: HTML, status: HTTPResponse.Status = .ok, cookies: [String] = []) -> Response {
    var response = Response(
      status: status,
      headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .vary: "Cookie, Accept-Language"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: page.text)))
    for cookie in cookies { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
    return response
  }
}

private struct Problem: Encodable {
  let error: String
  let field: String?
}
