import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Wording

/// Makes of every error the answer that a caller can use. What is our own mistake is logged and stays inside.
struct ProblemAnswers: RouterMiddleware {
  typealias Context = APIContext

  let routes: RouteTable
  let logger: Logger

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    context.language = Language(accepting: request.headers[.acceptLanguage])
    do {
      return try await next(request, context)
    } catch let error as HTTPParserError {
      // The server itself answers what is no HTTP.
      throw error
    } catch {
      return try problem(for: error, request, context).response(in: context.language, requestID: context.requestID)
    }
  }

  private func problem(for error: any Error, _ request: Request, _ context: APIContext) -> Problem {
    if context.endpointPath == RouteTable.none { return routes.problem(for: request) }
    if let problem = Problem(error) {
      if problem.kind == .unavailable { log(error, .warning, context) }
      return problem
    }
    log(error, .error, context)
    return Problem(.internalError)
  }

  private func log(_ error: any Error, _ level: Logger.Level, _ context: APIContext) {
    logger.log(
      level: level, "request failed",
      metadata: [
        "request_id": "\(context.requestID)", "route": "\(context.endpointPath ?? "")", "error": "\(error)",
        "kind": "\(type(of: error))",
      ])
  }
}
