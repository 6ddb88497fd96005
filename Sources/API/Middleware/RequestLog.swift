import Foundation
import HTTPTypes
import Hummingbird
import Identifiers
import Logging
import Metrics
import Wording

/// Names each request, writes one line about it and measures it. Neither has the path as it was asked for: a template
/// has few values and no secret.
struct RequestLog: RouterMiddleware {
  typealias Context = APIContext

  let logger: Logger

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var context = context
    context.requestID = Self.name(for: request)
    context.logger[metadataKey: "request_id"] = "\(context.requestID)"
    var response = try await next(request, context)
    response.headers[.requestID] = context.requestID
    report(request, response, context, took: .now - start)
    return response
  }

  /// A caller's own name for the request is kept where it is harmless in a log.
  private static func name(for request: Request) -> String {
    guard let name = request.headers[.requestID], (1...64).contains(name.utf8.count),
      name.utf8.allSatisfy({
        Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber || $0 == 0x2D
      }),
      name.utf8.allSatisfy({ $0 < 0x80 })
    else { return "\(ID<Request>())" }
    return name
  }

  private func report(_ request: Request, _ response: Response, _ context: APIContext, took: Duration) {
    let method = RouteTable.methods.contains(request.method) ? request.method.rawValue : "other"
    let route = context.endpointPath.flatMap { $0 == RouteTable.none ? nil : $0 } ?? "none"
    let labels = [("method", method), ("route", route), ("status", "\(response.status.code)")]
    Counter(label: "http_requests_total", dimensions: labels).increment()
    Timer(label: "http_request_seconds", dimensions: labels).recordNanoseconds(Int64(took / .nanoseconds(1)))
    var metadata: Logger.Metadata = [
      "request_id": "\(context.requestID)", "method": "\(method)", "route": "\(route)",
      "status": "\(response.status.code)", "ms": "\(String(format: "%.1f", took / .milliseconds(1)))",
    ]
    for (name, value) in context.notes.values { metadata[name] = "\(value)" }
    logger.info("request", metadata: metadata)
  }
}
