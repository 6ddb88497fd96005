import Community
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Wording

/// An answer that tells why a request was not done, as problem+json (RFC 9457).
struct Problem: Error {
  let kind: ProblemKind
  /// What is wrong with which field.
  let fields: [FieldProblem]
  /// Headers that go with it.
  let headers: HTTPFields
  /// What fills the places of the kind's detail.
  private let values: @Sendable (Language) -> [Phrase.Place: String]

  init(
    _ kind: ProblemKind, _ values: [Phrase.Place: String] = [:], fields: [FieldProblem] = [], headers: HTTPFields = [:]
  ) {
    self.init(kind, fields: fields, headers: headers) { _ in values }
  }

  /// A problem with values that are words themselves.
  init(
    _ kind: ProblemKind, fields: [FieldProblem] = [], headers: HTTPFields = [:],
    values: @escaping @Sendable (Language) -> [Phrase.Place: String]
  ) {
    self.kind = kind
    self.fields = fields
    self.headers = headers
    self.values = values
  }

  func detail(in language: Language) -> String {
    kind.detail.text(in: language, values(language))
  }

  /// The fields are wrong, and nothing was done.
  static func invalid(_ fields: [FieldProblem]) -> Problem {
    Problem(.invalidInput, [.actual: "\(fields.count)"], fields: fields)
  }

  /// A header is not written as it has to be.
  static func badHeader(_ name: HTTPField.Name, expected: String) -> Problem {
    Problem(.badHeader, [.field: name.canonicalName, .limit: expected])
  }
}

/// The body of a problem.
struct ProblemBody: Codable, Sendable {
  struct FieldError: Codable, Sendable {
    let pointer: String
    let code: String
    let detail: String

    enum CodingKeys: String, CodingKey, CaseIterable {
      case pointer, code, detail
    }
  }

  let type: String
  let title: String
  let status: Int
  let detail: String
  let requestID: String
  let errors: [FieldError]?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case type, title, status, detail, errors
    case requestID = "request_id"
  }

  init(_ problem: Problem, language: Language, requestID: String) {
    type = problem.kind.type
    title = problem.kind.title.text(in: language)
    status = problem.kind.status.code
    detail = problem.detail(in: language)
    self.requestID = requestID
    let errors = problem.fields.map {
      FieldError(pointer: $0.field, code: $0.code.rawValue, detail: $0.text(in: language))
    }
    self.errors = errors.isEmpty ? nil : errors
  }
}

extension Problem {
  /// The answer in the caller's language.
  func response(in language: Language, requestID: String) throws -> Response {
    let body = ProblemBody(self, language: language, requestID: requestID)
    var headers = headers
    headers[.contentType] = "application/problem+json"
    headers[.contentLanguage] = language.tag
    headers[.cacheControl] = "no-store"
    let bytes = try JSONOutput.bytes(body)
    return Response(status: kind.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
