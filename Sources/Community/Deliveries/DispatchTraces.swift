import Channels
import Tracing

/// The spans of a dispatch. They say what it came to, and nothing of what is sent.
enum DispatchTraces {
  static func claim(_ work: () async throws -> Claiming.Step) async throws -> Claiming.Step {
    try await withSpan("dispatch.claim") { span in
      let step = try await work()
      if span.isRecording { span.attributes["dispatch.step"] = step.name }
      return step
    }
  }

  /// The platform's call.
  static func send(
    _ claim: Claim, through kind: ChannelKind, _ call: () async -> DispatchOutcome
  ) async -> DispatchOutcome {
    await withSpan("dispatch.send", ofKind: .client) { span in
      let outcome = await call()
      guard span.isRecording else { return outcome }
      span.updateAttributes { attributes in
        attributes["channel.kind"] = kind.rawValue
        attributes["dispatch.claim"] = "\(claim.id)"
        attributes["dispatch.deliveries"] = claim.destinations.count
        attributes["dispatch.outcome"] = outcome.name
        if let reason = outcome.reason { attributes["dispatch.reason"] = reason.kind.rawValue }
      }
      if outcome.reason != nil { span.setStatus(SpanStatus(code: .error)) }
      return outcome
    }
  }
}

extension Claiming.Step {
  fileprivate var name: String {
    switch self {
    case .nothingLeft: "nothing_left"
    case .skipped: "skipped"
    case .wait: "wait"
    case .noCall: "no_call"
    case .claimed: "claimed"
    }
  }
}
