/// How many dispatches a platform accepts from one account within any stretch of time.
public struct ChannelRate: Sendable, Hashable {
  /// The most dispatches that any window may hold.
  public let limit: Int
  /// The window as the platform counts it.
  public let window: Duration

  /// A rate of `limit` dispatches in every stretch of `window`.
  public init(limit: Int, per window: Duration) {
    precondition(limit > 0 && window > .zero, "a rate needs a limit and a window above zero")
    self.limit = limit
    self.window = window
  }

  /// The window to count with at the moment of the claim, so that the platform's own window is never exceeded.
  ///
  /// A dispatch arrives at the platform some time after its claim was counted. Two claims that are a platform's window
  /// apart may therefore arrive closer together, by as much as the later one was quicker than the earlier one.
  /// - Parameters:
  ///   - firstByteDelay: the longest time from the claim until the first byte leaves; a later dispatch is not sent.
  ///   - margin: allowance for the way to the platform and for the difference between the clocks.
  public func guardedWindow(firstByteDelay: Duration, margin: Duration) -> Duration {
    window + firstByteDelay + margin
  }
}
