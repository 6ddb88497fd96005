/// The pauses between attempts to reconnect: each twice as long as the one before, up to a limit, and each shortened at
/// random by up to half, so that a server that comes back does not meet all its clients in one instant.
struct Backoff {
  private let limits: ClosedRange<Duration>
  private var next: Duration

  init(_ limits: ClosedRange<Duration>) {
    self.limits = limits
    next = limits.lowerBound
  }

  mutating func pause(using generator: inout some RandomNumberGenerator) -> Duration {
    defer { next = min(next * 2, limits.upperBound) }
    return next * Double.random(in: 0.5...1, using: &generator)
  }

  mutating func pause() -> Duration {
    var generator = SystemRandomNumberGenerator()
    return pause(using: &generator)
  }

  mutating func reset() {
    next = limits.lowerBound
  }
}
