public import Identifiers
public import JobQueue

/// Writes the deliveries of a touch that has fired.
public struct ExpandTouch: JobPayload, Hashable {
  /// The kind.
  public static let kind = "touch.expand"
  /// Its lane.
  public static let lane = Lane.expansion

  /// The touch.
  public let touch: ID<Touch>
  /// Its plan, among which a brand's share is divided.
  public let plan: ID<Plan>

  /// The plan.
  public var source: String? { "\(plan)" }
}

/// Sends the deliveries of a touch that go through one channel.
public struct DeliverTouch: JobPayload, Hashable {
  /// The kind.
  public static let kind = "touch.deliver"
  /// Its lane.
  public static let lane = Lane.delivery

  /// The touch.
  public let touch: ID<Touch>
  /// The channel.
  public let channel: ID<Channel>
  /// The touch's plan, among which a brand's share is divided.
  public let plan: ID<Plan>

  /// The plan.
  public var source: String? { "\(plan)" }
  /// One touch at a time goes through a channel.
  public var gate: String? { "\(channel)" }

  var key: String { "deliver \(touch) \(channel)" }
}

/// Carries a plan's touches on to the horizon.
public struct ExtendPlan: JobPayload, Hashable {
  /// The kind.
  public static let kind = "plan.extend"
  /// Its lane.
  public static let lane = Lane.upkeep

  /// The plan.
  public let plan: ID<Plan>

  var key: String { "extend \(plan)" }
}
