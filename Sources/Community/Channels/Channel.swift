public import Channels
public import Foundation
public import Identifiers

/// An account on a platform through which sends leave (渠道).
public struct Channel: Sendable, Hashable, Codable {
  /// Whether sends leave through it.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case active
    case paused
  }

  /// Its identifier.
  public let id: ID<Channel>
  /// The platform.
  public let kind: String
  /// What people call it.
  public let name: String
  /// Whether sends leave through it.
  public let state: State
  /// Why it is paused, when the platform was the cause.
  public let pausedReason: String?
  /// Until when the platform wants no sends; nil or past when it takes them.
  public let parkedUntil: Date?
  /// Its own number of messages in a month, in place of the platform's; nil when the platform's holds.
  public let monthlyQuota: Int?
  /// What the month's quota is and how much of it is used up; nil when nothing limits the channel.
  public let quota: QuotaUse?
  /// Raised by every edit.
  public let version: Int
  /// When it was created.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, kind, name, state, quota, version
    case pausedReason = "paused_reason"
    case parkedUntil = "parked_until"
    case monthlyQuota = "monthly_quota"
    case createdAt = "created_at"
  }
}

/// How much of a month's quota is used up.
public struct QuotaUse: Sendable, Hashable, Codable {
  /// Whose messages the platform counts.
  public let counted: ChannelQuota.Counted
  /// How many the month may have.
  public let limit: Int
  /// How many it has had; where the platform counts by destination, those of the group that has had most.
  public let used: Int
  /// The platform's month, as 2026-03.
  public let month: String

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case counted, limit, used, month
  }
}

/// A channel to be created.
public struct ChannelDraft: Codable, Sendable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, name, webhook
  }

  var kind: String
  var name: String
  /// The robot's address as WeCom shows it, or its key alone. It is sealed at once and never shown again.
  var webhook: String

  func account() throws -> ChannelAccount {
    var check = FieldCheck()
    if ChannelKind(rawValue: kind) == nil {
      check.add("/kind", .unknownValue, limit: ChannelKind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    check.text("/name", name, upTo: 100)
    let account = try? ChannelAccount.weComRobot(webhook)
    if account == nil { check.add("/webhook", .malformed) }
    try check.finish()
    guard let account else { throw InvalidInput("/webhook", .malformed) }
    return account
  }
}

extension ChannelDraft: CustomReflectable {
  /// A mirror without the key, so that no description and no dump shows it.
  public var customMirror: Mirror { Mirror(self, children: ["kind": kind, "name": name]) }
}

/// What can be edited of a channel.
public struct ChannelEdit: Codable, Sendable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, state
    case monthlyQuota = "monthly_quota"
  }

  var name: String
  var state: Channel.State
  /// Nil leaves it to the platform's own quota.
  var monthlyQuota: Int?

  func validate() throws {
    var check = FieldCheck()
    check.text("/name", name, upTo: 100)
    if let monthlyQuota { check.range("/monthly_quota", monthlyQuota, 0...1_000_000) }
    try check.finish()
  }
}

extension Channel {
  /// The channel as it can be edited.
  public var edit: ChannelEdit { ChannelEdit(name: name, state: state, monthlyQuota: monthlyQuota) }
}
