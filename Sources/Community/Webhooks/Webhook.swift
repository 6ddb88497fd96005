import Channels
public import Foundation
public import Identifiers

/// An endpoint of somebody outside that is told of events.
public struct Webhook: Sendable, Hashable, Codable {
  /// Whether it is told.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case active
    case disabled
  }

  /// Why it is not told any more.
  public enum DisabledWhy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Somebody disabled it.
    case person
    /// It answered 410.
    case gone
    /// It has failed for days.
    case failing
  }

  /// Its identifier.
  public let id: ID<Webhook>
  /// What people call it.
  public let name: String
  /// Where requests go.
  public let url: String
  /// The types of events that it wants.
  public let types: [String]
  /// Whether it is told.
  public let state: State
  /// Why not.
  public let disabledWhy: DisabledWhy?
  /// Failed attempts since the last one that went well.
  public let failures: Int
  /// When they began.
  public let failingSince: Date?
  /// When its secret was made.
  public let secretMadeAt: Date
  /// Until when the secret before signs beside it.
  public let oldSecretUntil: Date?
  /// Raised by every edit.
  public let version: Int
  /// When it was made.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, name, url, types, state, failures, version
    case disabledWhy = "disabled_why"
    case failingSince = "failing_since"
    case secretMadeAt = "secret_made_at"
    case oldSecretUntil = "old_secret_until"
    case createdAt = "created_at"
  }

  /// A brand has no more of them: each event is sent to each.
  public static let most = 20
}

/// A webhook to be made.
public struct WebhookDraft: Codable, Sendable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, url, types
  }

  var name: String
  var url: String
  var types: [String]

  func validate(allowsLoopback: Bool) throws {
    try WebhookEdit(name: name, url: url, types: types, state: .active).validate(allowsLoopback: allowsLoopback)
  }
}

/// What can be edited of a webhook.
public struct WebhookEdit: Codable, Sendable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, url, types, state
  }

  var name: String
  var url: String
  var types: [String]
  var state: Webhook.State

  func validate(allowsLoopback: Bool) throws {
    var check = FieldCheck()
    check.text("/name", name, upTo: 100)
    do throws(PublicURLError) {
      _ = try PublicURL(url, allowsLoopback: allowsLoopback)
    } catch {
      switch error {
      case .malformed, .notSecure: check.add("/url", .malformed, limit: "https://example.com/hooks")
      case .notPublic: check.add("/url", .notPublic)
      }
    }
    if types.isEmpty { check.add("/types", .required) }
    if types.count > EventType.wantable.count {
      check.add("/types", .tooManyItems, limit: "\(EventType.wantable.count)", actual: "\(types.count)")
    }
    for (index, type) in types.prefix(EventType.wantable.count).enumerated()
    where EventType(rawValue: type)?.canBeWanted != true {
      check.add(
        "/types/\(index)", .unknownValue, limit: EventType.wantable.map(\.rawValue).joined(separator: ", "),
        actual: type)
    }
    try check.finish()
  }
}

extension Webhook {
  /// The webhook as it can be edited. Types that a newer version knows stay with it.
  public var edit: WebhookEdit { WebhookEdit(name: name, url: url, types: types, state: state) }
}

/// An event on its way to a webhook, and what became of it.
public struct WebhookDelivery: Sendable, Hashable, Codable {
  /// Where it stands.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// To be tried at its time.
    case ready
    /// A request is under way.
    case sending
    /// The endpoint took it.
    case delivered
    /// Given up; it can be ordered again.
    case failed
  }

  /// Its identifier.
  public let id: ID<WebhookDelivery>
  /// Where it goes.
  public let webhookID: ID<Webhook>
  /// The event, as `webhook-id` names it.
  public let eventID: ID<Event>
  /// What the event tells.
  public let type: String
  /// When that happened.
  public let at: Date
  /// Where it stands.
  public let state: State
  /// How often it was tried.
  public let attempts: Int
  /// When it may be tried next; nil once it is settled.
  public let nextAt: Date?
  /// When it was tried last.
  public let attemptedAt: Date?
  /// The last answer's status.
  public let status: Int?
  /// Why there was no answer.
  public let fault: String?
  /// The beginning of the last answer, or what stood in its way.
  public let answer: String?
  /// When it was settled.
  public let settledAt: Date?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, type, at, state, attempts, status, fault, answer
    case webhookID = "webhook_id"
    case eventID = "event_id"
    case nextAt = "next_at"
    case attemptedAt = "attempted_at"
    case settledAt = "settled_at"
  }
}

/// Something that happened, as webhooks are told of it.
public enum Event {}
