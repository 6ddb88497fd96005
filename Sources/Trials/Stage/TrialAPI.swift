import Foundation

/// Talks to the API as a client that does not give up: what was not answered for good is asked again.
struct TrialAPI: Sendable {
  let key: String
  /// Where the API listens now; nil while it is down.
  let address: @Sendable () async -> String?

  /// How long something is asked again.
  private static let patience = Duration.seconds(120)

  /// Sends a request until it is answered for good. One that makes something has a key, so that it is made once.
  func send(
    _ method: String, _ path: String, _ body: String? = nil, type: String = "application/json"
  ) async throws -> Web.Answer {
    let end = ContinuousClock.now + Self.patience
    var headers = ["Authorization": "Bearer \(key)"]
    if method == "POST" { headers["Idempotency-Key"] = UUID().uuidString }
    var last = "the API is down"
    while ContinuousClock.now < end {
      if let address = await address() {
        do {
          let answer = try await Web.send(
            method, address + path, body.map { Data($0.utf8) }, type: type, headers: headers)
          if !Self.isPassing(answer.status) { return answer }
          last = "\(answer.status) \(answer.text)"
        } catch let error where !(error is CancellationError) {
          last = "\(error)"
        }
      }
      try await Task.sleep(for: .milliseconds(200))
    }
    throw TrialFailure("\(method) \(path) was not answered: \(last)")
  }

  /// A conflict is an earlier try with the same key that is not done yet.
  private static func isPassing(_ status: Int) -> Bool { status >= 500 || [408, 409, 429].contains(status) }
}
