import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What a request is answered with, whole and in memory, so that it can be kept and given again.
struct Answer: ResponseGenerator, Sendable, Hashable {
  var status: HTTPResponse.Status = .ok
  var headers: HTTPFields = [:]
  var body = Data()

  func response(from request: Request, context: some RequestContext) throws -> Response {
    var headers = headers
    // What an agency sees belongs into no shared cache, and is asked for anew each time.
    if headers[.cacheControl] == nil { headers[.cacheControl] = "private, no-cache" }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }
}

extension Answer {
  /// A value as JSON.
  static func json(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Answer {
    Answer(status: status, headers: [.contentType: "application/json"], body: try JSONOutput.bytes(value))
  }

  /// A resource, with the tag of its version where it has one.
  static func resource(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Answer {
    var answer = try json(value, status)
    if let versioned = value as? any Versioned {
      answer.headers[.eTag] = EntityTag(version: versioned.version).description
    }
    return answer
  }

  /// A resource that was made, and where it is.
  static func created(_ value: some Resource, under collection: String) throws -> Answer {
    var answer = try resource(value, .created)
    answer.headers[.location] = "\(collection)/\(value.id)"
    return answer
  }

  /// Nothing to say but that it is done.
  static let done = Answer(status: .noContent)

  /// The answer to a reading request: without the body when the caller has it already.
  func unless(_ request: Request, has tag: EntityTag?) -> Answer {
    guard let tag, request.hasCurrent(tag) else { return self }
    var headers = headers
    headers[.contentType] = nil
    return Answer(status: .notModified, headers: headers)
  }
}
