/// How long to wait before another attempt to connect.
enum Backoff {
  private static let shortest = Duration.milliseconds(50)
  private static let longest = Duration.seconds(2)

  /// Doubles with every failure, up to two seconds, less up to a half at random so that not all come back at once.
  static func delay(afterFailures failures: Int) -> Duration {
    guard failures > 0 else { return .zero }
    let doubled = shortest * (1 << min(failures - 1, 10))
    return min(doubled, longest) * Double.random(in: 0.5...1)
  }
}
