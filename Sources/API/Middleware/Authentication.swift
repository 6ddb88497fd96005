import HTTPTypes
import Hummingbird
import Tenancy
import Wording

/// Finds out whom a request acts for, by its key or its session.
struct Authentication: RouterMiddleware {
  typealias Context = APIContext

  let callers: KnownCallers

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    guard let text = Self.token(in: request), let found = try await callers.found(text, from: context.origin) else {
      throw Self.refusal
    }
    var context = context
    switch found {
    case .key(let key):
      context.notes.note("key", "\(key.id)")
      context.caller = key.caller
    case .session(let session):
      context.notes.note("session", "\(session.id)")
      context.session = session
      context.caller = session.caller
    }
    return try await next(request, context)
  }

  static let refusal = Problem(.unauthenticated, headers: [.wwwAuthenticate: "Bearer realm=\"nuanqun\""])

  /// The Bearer token of a request, where it looks like one of ours.
  static func token(in request: Request) -> String? {
    let parts = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    let token = parts[1].trimmingSpaces
    guard (1...200).contains(token.utf8.count), token.hasPrefix("nq_") || token.hasPrefix(SessionStore.prefix) else {
      return nil
    }
    return token
  }
}
