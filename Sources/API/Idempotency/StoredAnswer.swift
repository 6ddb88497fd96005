import Foundation
import HTTPTypes

/// An answer as it is kept beside its effect, to be given again.
struct StoredAnswer: Codable, Hashable {
  let location: String?
  let etag: String?
  let body: String

  init(_ answer: Answer) {
    location = answer.headers[.location]
    etag = answer.headers[.eTag]
    body = String(decoding: answer.body, as: UTF8.self)
  }

  /// The column's text.
  func text() throws -> String {
    String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
  }

  /// The answer that was kept, marked as given again.
  static func answer(status: Int, text: String) throws -> Answer {
    let stored = try JSONDecoder().decode(StoredAnswer.self, from: Data(text.utf8))
    var headers: HTTPFields = [.contentType: "application/json", .idempotencyReplayed: "true"]
    headers[.location] = stored.location
    headers[.eTag] = stored.etag
    return Answer(status: .init(code: status), headers: headers, body: Data(stored.body.utf8))
  }
}
