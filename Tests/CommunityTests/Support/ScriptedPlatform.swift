import Channels

/// Stands in for a platform: records every send and answers what it was told to, else it accepts.
actor ScriptedPlatform {
  /// How a send is answered; it may wait before it does.
  typealias Answer = @Sendable ([DispatchDestination]) async -> DispatchOutcome

  /// Where each send went.
  private(set) var destinations: [[DispatchDestination]] = []
  private(set) var sent: [OutgoingMessage] = []
  private(set) var keys: [String] = []
  private var answers: [Answer] = []
  private var obstacles: [DispatchOutcome] = []

  /// The outcome of the next send that has none yet.
  func answer(_ outcome: DispatchOutcome) {
    answers.append { _ in outcome }
  }

  /// The outcome of the next send that has none yet, by where it goes.
  func answer(_ answer: @escaping Answer) {
    answers.append(answer)
  }

  /// The next send that has no outcome yet waits at the gate for it.
  func answer(_ outcome: DispatchOutcome, behind gate: Gate) {
    answers.append { _ in
      await gate.pass()
      return outcome
    }
  }

  /// The next preparation meets this.
  func obstruct(_ outcome: DispatchOutcome) {
    obstacles.append(outcome)
  }

  fileprivate func take(
    _ message: OutgoingMessage, to destinations: [DispatchDestination], through account: ChannelAccount
  ) -> Answer {
    sent.append(message)
    self.destinations.append(destinations)
    keys.append(account.key.reveal())
    if answers.isEmpty { return { _ in .accepted } }
    return answers.removeFirst()
  }

  fileprivate func obstacle() -> DispatchOutcome? {
    obstacles.isEmpty ? nil : obstacles.removeFirst()
  }
}

/// The way to a scripted platform. Its limit is one that no test reaches unless it sets another.
struct ScriptedAdapter: ChannelAdapter {
  let kind = ChannelKind.weComRobot
  var rate = ChannelRate(limit: 1_000, per: .seconds(1))
  var quota = ChannelKind.weComRobot.quota
  var destinationsPerDispatch = 1
  let platform: ScriptedPlatform

  func problems(with message: OutgoingMessage) -> [MessageProblem] { [] }

  func prepare(
    _ message: OutgoingMessage, for account: ChannelAccount, firstByteBy: ContinuousClock.Instant?
  ) async -> DispatchOutcome? {
    await platform.obstacle()
  }

  func send(
    _ message: OutgoingMessage, to destinations: [DispatchDestination], through account: ChannelAccount,
    firstByteBy: ContinuousClock.Instant
  ) async -> DispatchOutcome {
    await platform.take(message, to: destinations, through: account)(destinations)
  }
}

extension DispatchReason {
  static func test(_ kind: Kind, code: Int? = nil) -> DispatchReason {
    DispatchReason(kind, code: code, text: "so the test says", hiding: Secret(""))
  }
}

extension DispatchOutcome {
  static var accepted: DispatchOutcome { .confirmed(receipt: DispatchReceipt()) }
  static var refused: DispatchOutcome { .rejected(reason: .test(.content, code: 40_008)) }
  static var dead: DispatchOutcome { .broken(reason: .test(.account, code: 93_000)) }
  static var unreached: DispatchOutcome { .notSent(reason: .test(.unreachable)) }
  static var overloaded: DispatchOutcome { .busy(reason: .test(.platformBusy, code: -1)) }
  static var silent: DispatchOutcome { .unknown(reason: .test(.noAnswer)) }

  static func limited(for pause: Duration) -> DispatchOutcome {
    .parked(for: pause, reason: .test(.rate, code: 45_009))
  }
}
