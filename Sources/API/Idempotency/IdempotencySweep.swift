import Identifiers
import NIOConcurrencyHelpers
import Tenancy

/// Says when a brand's old idempotency keys are to be forgotten: by some request with a key, once an hour per process.
final class IdempotencySweep: Sendable {
  /// How long keys are kept at least, as Postgres writes it.
  static let lifetime = "48 hours"

  private static let pause = Duration.seconds(3_600)
  private let next = NIOLockedValueBox<[ID<Brand>: ContinuousClock.Instant]>([:])

  func isDue(for brand: ID<Brand>, now: ContinuousClock.Instant = .now) -> Bool {
    next.withLockedValue { next in
      guard next[brand].map({ $0 <= now }) ?? true else { return false }
      next[brand] = now + Self.pause
      return true
    }
  }
}
