import HTTPTypes
import Hummingbird
import Tenancy

/// Notes where a request comes from: for the audit, for the list of sessions, and against who guesses.
struct RequestOrigin: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    context.origin = Origin(
      address: context.remoteAddress?.ipAddress ?? "local", userAgent: request.headers[.userAgent] ?? "")
    return try await next(request, context)
  }
}
