import Foundation
import HTTPTypes
import Hummingbird

/// What those ask who run the service; none of it needs a key.
struct OperationsRoutes: Sendable {
  let readiness: [ReadinessCheck]
  let metricsText: @Sendable () -> String

  func add(to root: RouterGroup<APIContext>) {
    root.get("livez", use: live)
      .get("readyz", use: ready)
      .get("metrics", use: metrics)
  }

  /// The process runs; nothing else is asked.
  @Sendable func live(_ request: Request, _ context: APIContext) throws -> Answer {
    try Answer.json(Liveness(status: "ok"))
  }

  /// Everything that the process needs answers, or which part does not.
  @Sendable func ready(_ request: Request, _ context: APIContext) async throws -> Answer {
    let checks = await withTaskGroup(of: (String, Bool).self) { group in
      for check in self.readiness { group.addTask { (check.name, await check.isReady()) } }
      return await group.reduce(into: [String: Bool]()) { $0[$1.0] = $1.1 }
    }
    let isReady = readiness.allSatisfy { !$0.isNeeded || checks[$0.name] == true }
    let body = Readiness(status: isReady ? "ready" : "unavailable", checks: checks)
    return try Answer.json(body, isReady ? .ok : .serviceUnavailable)
  }

  @Sendable func metrics(_ request: Request, _ context: APIContext) -> Answer {
    Answer(
      headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"], body: Data(metricsText().utf8))
  }
}

/// The contract, for whoever asks.
struct ContractRoute: Sendable {
  let document: OpenAPIDocument

  func add(to root: RouterGroup<APIContext>) {
    root.get("openapi.json", use: contract)
  }

  @Sendable func contract(_ request: Request, _ context: APIContext) -> Answer {
    Answer(headers: [.contentType: "application/json", .cacheControl: "public, max-age=300"], body: document.json)
  }
}

/// The body of `/livez`.
struct Liveness: Codable {
  let status: String

  enum CodingKeys: String, CodingKey, CaseIterable {
    case status
  }
}

/// The body of `/readyz`.
struct Readiness: Codable {
  let status: String
  /// Whether each part answers.
  let checks: [String: Bool]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case status, checks
  }
}
