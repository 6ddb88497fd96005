public import Almanac
public import Foundation
public import Identifiers

/// Recurring or one-off posting (内容计划): a recurrence, pieces in turn, an audience of groups.
public struct Plan: Sendable, Hashable, Codable {
  /// Whether a plan makes touches that may leave.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// Not approved, or changed since it was.
    case draft
    case approved
    case paused
  }

  /// Its identifier.
  public let id: ID<Plan>
  /// What people call it.
  public let name: String
  /// The pieces, used in turn.
  public let contents: [ID<Content>]
  /// Which groups.
  public let audience: Audience
  /// When, in the brand's zone.
  public let recurrence: Recurrence
  /// How late an item may leave; later it is missed.
  public let graceMinutes: Int
  /// Whether it makes touches that may leave.
  public let state: State
  /// Raised by every edit, pause and withdrawal: what was planned under another version never leaves.
  public let version: Int
  /// When it was approved.
  public let approvedAt: Date?
  /// By whom.
  public let approvedBy: String?
  /// When it was created.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, name, contents, audience, recurrence, state, version
    case graceMinutes = "grace_minutes"
    case approvedAt = "approved_at"
    case approvedBy = "approved_by"
    case createdAt = "created_at"
  }
}

/// Which groups a plan is for: by name, by tag, by kind, or all. An approval binds the groups that it comes to.
public struct Audience: Sendable, Hashable, Codable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case groups, tags, kinds, all
  }

  /// These groups.
  public var groups: [ID<Group>]?
  /// The groups that have any of these tags.
  public var tags: [String]?
  /// The groups of any of these kinds.
  public var kinds: [String]?
  /// Every group of the brand.
  public var all: Bool?
}

/// What can be set of a plan.
public struct PlanDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, contents, audience, recurrence
    case graceMinutes = "grace_minutes"
  }

  var name: String
  var contents: [ID<Content>]
  var audience: Audience
  var recurrence: Recurrence
  var graceMinutes: Int?

  func validate() throws {
    var check = FieldCheck()
    check.text("/name", name, upTo: 100)
    if contents.isEmpty { check.add("/contents", .required) }
    if contents.count > 50 { check.add("/contents", .tooManyItems, limit: "50", actual: "\(contents.count)") }
    check.range("/grace_minutes", graceMinutes ?? 60, 1...10_080)
    let ways = [audience.groups != nil, audience.tags != nil, audience.kinds != nil, audience.all != nil].filter { $0 }
      .count
    if ways != 1 { check.add("/audience", .malformed, limit: "groups | tags | kinds | all") }
    if audience.groups?.isEmpty == true { check.add("/audience/groups", .required) }
    if audience.tags?.isEmpty == true { check.add("/audience/tags", .required) }
    if audience.kinds?.isEmpty == true { check.add("/audience/kinds", .required) }
    for (way, words) in [("tags", audience.tags ?? []), ("kinds", audience.kinds ?? [])] {
      for (index, word) in words.enumerated() where word.unicodeScalars.contains("\0") {
        check.add("/audience/\(way)/\(index)", .malformed)
      }
    }
    if audience.all == false { check.add("/audience/all", .unknownValue, limit: "true") }
    if let groups = audience.groups, groups.count > 20_000 {
      check.add("/audience/groups", .tooManyItems, limit: "20000", actual: "\(groups.count)")
    }
    try check.finish()
  }
}

extension Plan {
  /// The plan as it can be edited.
  public var draft: PlanDraft {
    PlanDraft(
      name: name, contents: contents, audience: audience, recurrence: recurrence, graceMinutes: graceMinutes)
  }
}
