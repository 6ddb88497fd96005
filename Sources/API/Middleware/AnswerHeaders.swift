import HTTPTypes
import Hummingbird

/// Tells browsers what answers are not: no pages. Whoever opens one in a browser gets something that loads, runs and frames
/// nothing, is taken for nothing else than it says, and tells other sites nothing of where it was found.
///
/// What an answer says of itself stands.
struct AnswerHeaders: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    for field in Self.fields where response.headers[field.name] == nil {
      response.headers[field.name] = field.value
    }
    return response
  }

  static let policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static let fields: [HTTPField] = [
    HTTPField(name: .contentSecurityPolicy, value: policy), HTTPField(name: .xContentTypeOptions, value: "nosniff"),
    HTTPField(name: .referrerPolicy, value: "no-referrer"),
    HTTPField(name: .crossOriginResourcePolicy, value: "same-origin"),
  ]
}

extension HTTPField.Name {
  /// The name is a token, so the other name is never taken.
  static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .via
}
