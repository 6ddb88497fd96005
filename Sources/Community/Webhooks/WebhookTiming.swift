public import Foundation

/// When an endpoint is asked again, and when no more.
public struct WebhookTiming: Sendable, Hashable {
  /// The waits between the attempts at one event: ten attempts over about three days, as Standard Webhooks suggests.
  public var waits: [TimeInterval] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
  /// Each wait is longer by up to this part of it, at random, so that what failed together does not come back together.
  public var jitter = 0.2
  /// An endpoint that does not answer rests so long after its first failure, then twice as long after each further one.
  public var rest: TimeInterval = 5
  /// No rest is longer.
  public var longestRest: TimeInterval = 600
  /// An endpoint to which nothing went well for so long is disabled.
  public var patience: TimeInterval = 5 * 86_400
  /// Not before so many attempts failed, so that one quiet week does not decide.
  public var failuresToDisable = 10
  /// How long a run goes on before others of the brand have their turn.
  public var turn = Duration.seconds(20)
  /// How many events are claimed in one commit.
  public var batch = 20
  /// How many requests to one endpoint are under way at a time.
  public var parallel = 4
  /// How long events are kept.
  public var retention: TimeInterval = 30 * 86_400

  /// The defaults.
  public init() {}

  /// How long to wait after so many attempts; nil when no further one is made.
  func wait(after attempts: Int, random: Double = .random(in: 0...1)) -> TimeInterval? {
    guard attempts >= 1, attempts <= waits.count else { return nil }
    return waits[attempts - 1] * (1 + jitter * random)
  }

  /// How long an endpoint rests after so many failures in a row.
  func rest(after failures: Int) -> TimeInterval {
    min(longestRest, rest * pow(2, Double(min(max(failures, 1) - 1, 20))))
  }
}
