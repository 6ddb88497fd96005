import Channels
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
  /// Raised by every edit.
  public let version: Int
  /// When it was created.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, kind, name, state, version
    case pausedReason = "paused_reason"
    case parkedUntil = "parked_until"
    case createdAt = "created_at"
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
  }

  var name: String
  var state: Channel.State

  func validate() throws {
    var check = FieldCheck()
    check.text("/name", name, upTo: 100)
    try check.finish()
  }
}

extension Channel {
  /// The channel as it can be edited.
  public var edit: ChannelEdit { ChannelEdit(name: name, state: state) }
}
