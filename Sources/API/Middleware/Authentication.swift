import HTTPTypes
import Hummingbird
import Tenancy
import Wording

/// Finds out whom a request acts for, by its key.
struct Authentication: RouterMiddleware {
  typealias Context = APIContext

  let keys: KnownKeys

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    guard let text = Self.token(in: request), let key = try await keys.record(of: text) else {
      throw Problem(.unauthenticated, headers: [.wwwAuthenticate: "Bearer realm=\"nuanqun\""])
    }
    context.notes.note("key", "\(key.id)")
    var context = context
    context.key = key
    return try await next(request, context)
  }

  private static func token(in request: Request) -> String? {
    let parts = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    let token = parts[1].trimmingSpaces
    return (1...200).contains(token.utf8.count) && token.hasPrefix("nq_") ? token : nil
  }
}
