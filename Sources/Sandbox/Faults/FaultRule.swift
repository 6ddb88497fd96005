/// How the sandbox misbehaves on purpose.
public enum FaultMode: String, Codable, Sendable, CaseIterable {
  /// Everything as usual, but the answer comes `delay_ms` later.
  case slow
  /// The message is accepted and no answer comes; with `delay_ms` the connection is cut after it.
  case hangAfterAccepting = "hang_after_accepting"
  /// Nothing is accepted; the answer is errcode -1.
  case errorBeforeAccepting = "error_before_accepting"
  /// The message is accepted; the answer is a gateway's error page with status 502.
  case errorAfterAccepting = "error_after_accepting"
  /// The body is read whole, nothing is accepted, the connection is cut.
  case cutBeforeAccepting = "cut_before_accepting"
  /// The message is accepted, the connection is cut.
  case cutAfterAccepting = "cut_after_accepting"
  /// The connection is cut before the body was read whole.
  case cutWhileReading = "cut_while_reading"
  /// Nothing is accepted; the answer is errcode 45009, whatever the window holds.
  case rateError = "rate_error"

  /// Whether it takes place only with a message that would be accepted without it.
  var followsAcceptance: Bool {
    switch self {
    case .slow, .hangAfterAccepting, .errorAfterAccepting, .cutAfterAccepting: true
    case .errorBeforeAccepting, .cutBeforeAccepting, .cutWhileReading, .rateError: false
    }
  }

  /// Whether the client gets no answer of the platform: nothing at all, or a gateway's page.
  var withholdsAnswer: Bool {
    switch self {
    case .hangAfterAccepting, .errorAfterAccepting, .cutBeforeAccepting, .cutAfterAccepting, .cutWhileReading: true
    case .slow, .errorBeforeAccepting, .rateError: false
    }
  }
}

/// An order to misbehave: for whom, how, and how often.
public struct FaultRule: Codable, Sendable, Equatable {
  /// A robot's key or id, or `*` for every robot.
  public var robot: String
  /// How to misbehave.
  public var mode: FaultMode
  /// Which endpoint it is for.
  public var endpoint: SandboxLogEntry.Endpoint
  /// How likely each request is hit, from 0 to 1; 1 unless given.
  public var probability: Double
  /// How many requests are hit before the rule is spent; nil for no end.
  public var next: Int?
  /// How late the answer of `slow` is, or after how long `hang_after_accepting` cuts, in milliseconds.
  public var delayMilliseconds: Int?
  /// Where the dice of `probability` start, so that a history can be repeated.
  public var seed: UInt64

  enum CodingKeys: String, CodingKey {
    case robot, mode, endpoint, probability, next, seed
    case delayMilliseconds = "delay_ms"
  }

  /// Makes an order.
  public init(
    _ mode: FaultMode, robot: String = "*", endpoint: SandboxLogEntry.Endpoint = .send, probability: Double = 1,
    next: Int? = nil, delayMilliseconds: Int? = nil, seed: UInt64 = 0
  ) {
    self.mode = mode
    self.robot = robot
    self.endpoint = endpoint
    self.probability = probability
    self.next = next
    self.delayMilliseconds = delayMilliseconds
    self.seed = seed
  }

  /// Reads an order; what is left out is every robot, the send endpoint, always, without end, seed 0.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try container.decode(FaultMode.self, forKey: .mode),
      robot: try container.decodeIfPresent(String.self, forKey: .robot) ?? "*",
      endpoint: try container.decodeIfPresent(SandboxLogEntry.Endpoint.self, forKey: .endpoint) ?? .send,
      probability: try container.decodeIfPresent(Double.self, forKey: .probability) ?? 1,
      next: try container.decodeIfPresent(Int.self, forKey: .next),
      delayMilliseconds: try container.decodeIfPresent(Int.self, forKey: .delayMilliseconds),
      seed: try container.decodeIfPresent(UInt64.self, forKey: .seed) ?? 0)
  }

  /// What is wrong with the order, or nil.
  var problem: (field: String, text: String)? {
    if !(0...1).contains(probability) { return ("probability", "must be from 0 to 1") }
    if let next, next < 1 { return ("next", "must be 1 or more; leave it out for no end") }
    if let delay = delayMilliseconds, !(0...3_600_000).contains(delay) {
      return ("delay_ms", "must be from 0 to 3600000")
    }
    if mode == .slow, delayMilliseconds == nil { return ("delay_ms", "is needed with mode slow") }
    return nil
  }
}
