public import Foundation

/// The code of one kind of job.
///
/// An attempt can be cut off at any line and another one begins: whatever `perform` does outside Postgres has to be
/// claimed there first, under the attempt's epoch.
public protocol Job: Sendable {
  /// What a run of this kind is told.
  associatedtype Payload: JobPayload

  /// How errors are answered.
  var retry: RetryPolicy { get }

  /// How long an attempt may take. One that takes longer loses its lease and is cancelled: a failed attempt, or
  /// a crash if it does not hear of that.
  var deadline: Duration { get }

  /// Does the work. An error is retried by the policy; `PermanentFailure` and undecodable payloads are not.
  func perform(_ payload: Payload, in attempt: Attempt) async throws -> JobResult

  /// Settles what attempts left open, before the run ends dead: the last thing that is done for it.
  func abandon(_ payload: Payload, in attempt: Attempt, because reason: String) async throws
}

extension Job {
  /// Ten attempts over some minutes.
  public var retry: RetryPolicy { RetryPolicy() }

  /// Ten minutes.
  public var deadline: Duration { .seconds(600) }

  /// Nothing is left open by most kinds.
  public func abandon(_ payload: Payload, in attempt: Attempt, because reason: String) async throws {}
}

/// What an attempt came to.
public enum JobResult: Sendable, Hashable {
  /// The work is done.
  case done
  /// Nothing is wrong, but it is not yet time: no attempt is charged.
  case snooze(until: Date)
  /// The run's gate lets nothing through until then, neither this run nor others that wait for it. No attempt is charged.
  case gateShut(until: Date)
  /// The same for so long, by the clocks of those who keep the queue: a worker's own may be wrong.
  case gateShutFor(Duration)
}

/// An error that trying again cannot mend.
public struct PermanentFailure: Error, CustomStringConvertible {
  /// What is wrong, for the person who looks at the dead run.
  public let description: String

  /// A failure with its reason.
  public init(_ description: String) {
    self.description = description
  }
}

/// What a worker cannot read: a newer one may.
struct Unreadable: Error, CustomStringConvertible {
  let description: String
}

/// How often and when a failed run is tried again.
public struct RetryPolicy: Sendable, Hashable {
  /// After this many failed attempts the run is dead.
  public var attempts: Int
  /// The longest wait after the first failure; doubled after each further one.
  public var base: TimeInterval
  /// No wait is longer.
  public var cap: TimeInterval

  /// A policy with full jitter: each wait is a random part of what it may be at most, so that what failed together
  /// does not come back together.
  public init(attempts: Int = 10, base: TimeInterval = 2, cap: TimeInterval = 300) {
    self.attempts = attempts
    self.base = base
    self.cap = cap
  }

  /// How long to wait after the given failure (1 is the first); nil when it was the last.
  func delay(afterFailure number: Int, random: (ClosedRange<Double>) -> Double = Double.random(in:)) -> TimeInterval? {
    guard number < attempts else { return nil }
    return random(0...min(cap, base * pow(2, Double(min(number - 1, 30)))))
  }
}
