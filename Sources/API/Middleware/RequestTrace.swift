import HTTPTypes
import Hummingbird
import Tracing

/// A span for each request to the API itself: what the request enqueues hangs below it, and below the caller's own span
/// where the caller names one.
///
/// Hummingbird's own middleware would note the path and the query as they were asked for, which hold secrets.
struct RequestTrace: RouterMiddleware {
  typealias Context = APIContext

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    guard request.uri.path.hasPrefix("/v1/") else { return try await next(request, context) }
    var place = InstrumentationContext.topLevel
    InstrumentationSystem.instrument.extract(request.headers, into: &place, using: Headers())
    return try await withSpan("request", context: place, ofKind: .server) { span in
      let response = try await next(request, context)
      guard span.isRecording else { return response }
      let route = context.endpointPath.flatMap { $0 == RouteTable.none ? nil : $0 } ?? "none"
      let method = RouteTable.methods.contains(request.method) ? request.method.rawValue : "other"
      span.operationName = "\(method) \(route)"
      span.updateAttributes { attributes in
        attributes["http.request.method"] = method
        attributes["http.route"] = route
        attributes["http.response.status_code"] = response.status.code
        attributes["request.id"] = "\(context.requestID)"
      }
      if response.status.code >= 500 { span.setStatus(SpanStatus(code: .error)) }
      return response
    }
  }

  private struct Headers: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? {
      HTTPField.Name(key).flatMap { headers[$0] }
    }
  }
}
