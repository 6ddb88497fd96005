/// What an event can tell: one place for its name and for what its data holds, from which the contract and the list of
/// types for people are held true. A name is stored and sent, so it must not change.
public enum EventType: String, Sendable, Hashable, Codable, CaseIterable {
  case deliveryDelivered = "delivery.delivered"
  case deliveryFailed = "delivery.failed"
  case deliverySkipped = "delivery.skipped"
  case deliveryUnknown = "delivery.unknown"
  case touchMissed = "touch.missed"
  case planApproved = "plan.approved"
  case planWithdrawn = "plan.withdrawn"
  case planPaused = "plan.paused"
  case channelParked = "channel.parked"
  case channelPaused = "channel.paused"
  case groupCreated = "group.created"
  case groupUpdated = "group.updated"
  case memberJoined = "member.joined"
  case memberLeft = "member.left"
  case webhookTest = "webhook.test"

  /// What its data holds. A field without a value is left out.
  public var fields: [EventField] {
    switch self {
    case .deliveryDelivered, .deliveryFailed, .deliverySkipped, .deliveryUnknown:
      [.delivery, .touch, .group, .channel, .state, .reason, .attempts]
    case .touchMissed: [.touch, .plan, .dueAt]
    case .planApproved, .planWithdrawn, .planPaused: [.plan, .state, .version]
    case .channelParked: [.channel, .parkedUntil]
    case .channelPaused: [.channel, .state, .version]
    case .groupCreated, .groupUpdated: [.group, .state, .version]
    case .memberJoined, .memberLeft: [.group, .member]
    case .webhookTest: [.webhook]
    }
  }

  /// Whether a webhook can ask for it: a test comes only when a person orders it.
  public var canBeWanted: Bool { self != .webhookTest }

  /// Those that a webhook can ask for.
  public static var wantable: [EventType] { allCases.filter(\.canBeWanted) }
}

/// A field of an event's data, beside `brand_id`, which each event has.
public enum EventField: String, Sendable, Hashable, Codable, CaseIterable {
  case delivery = "delivery_id"
  case touch = "touch_id"
  case plan = "plan_id"
  case group = "group_id"
  case member = "member_id"
  case channel = "channel_id"
  case webhook = "webhook_id"
  case state
  case reason
  case attempts
  case version
  case dueAt = "due_at"
  case parkedUntil = "parked_until"
}
