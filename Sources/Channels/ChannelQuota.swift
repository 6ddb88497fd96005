/// How many messages a platform takes within a calendar month.
public struct ChannelQuota: Sendable, Hashable {
  /// Whose messages are counted.
  public enum Counted: String, Sendable, Hashable, Codable, CaseIterable {
    /// All that leave through one account, one for each destination.
    case account
    /// What one group gets, through whichever account of the platform.
    case destination
  }

  /// How many the platform documents.
  public enum Limit: Sendable, Hashable {
    /// As many as one likes.
    case none
    /// The same number every month.
    case fixed(Int)
    /// One for each day of the month.
    case daysOfMonth
  }

  /// The zone whose months the platforms count in. Their documents name none; all of them are run from China, and a
  /// brand's own zone is not known to them.
  public static let zone = "Asia/Shanghai"

  /// Whose messages are counted.
  public let counted: Counted
  /// What the platform documents; a channel's own setting takes its place.
  public let limit: Limit

  /// A quota.
  public init(counted: Counted, limit: Limit) {
    self.counted = counted
    self.limit = limit
  }

  /// How many a channel may send in a month of so many days; nil when nothing limits it.
  ///
  /// - Parameter own: the channel's own setting. Platforms let an administrator change the quota of an account, so it may
  ///   be higher or lower than what is documented.
  public func limit(own: Int?, days: Int) -> Int? {
    if let own { return own }
    switch limit {
    case .none: return nil
    case .fixed(let number): return number
    case .daysOfMonth: return days
    }
  }
}

extension ChannelKind {
  /// The platform's quota of a month.
  public var quota: ChannelQuota {
    switch self {
    // WeCom knows no monthly quota of robots. Whoever wants one for a channel may set it.
    case .weComRobot: ChannelQuota(counted: .account, limit: .none)
    }
  }
}
