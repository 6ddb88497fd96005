public import Foundation
public import Identifiers

/// A member's place in a group.
public struct Membership: Sendable, Hashable, Codable {
  /// The group.
  public let groupID: ID<Group>
  /// The member.
  public let memberID: ID<Member>
  /// Their name.
  public let name: String
  /// When they joined, if that is known.
  public let joinedAt: Date?
  /// When they left; nil while they are in it.
  public let leftAt: Date?
  /// What brought them.
  public let source: String?
  /// The member who brought them.
  public let invitedByID: ID<Member>?
  /// Whether the team can rely on them in this group.
  public let trusted: Bool

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, source, trusted
    case groupID = "group_id"
    case memberID = "member_id"
    case joinedAt = "joined_at"
    case leftAt = "left_at"
    case invitedByID = "invited_by_id"
  }
}

/// How a member came to a group. What is left out stays as it is.
public struct MembershipDraft: Codable, Sendable, Hashable {
  /// When.
  public let joinedAt: Date?
  /// What brought them.
  public let source: String?
  /// The member who brought them.
  public let invitedByID: ID<Member>?
  /// Whether the team can rely on them.
  public let trusted: Bool?

  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case source, trusted
    case joinedAt = "joined_at"
    case invitedByID = "invited_by_id"
  }

  /// How they came, as far as anybody says.
  public init(
    joinedAt: Date? = nil, source: String? = nil, invitedByID: ID<Member>? = nil, trusted: Bool? = nil
  ) {
    self.joinedAt = joinedAt
    self.source = source
    self.invitedByID = invitedByID
    self.trusted = trusted
  }

  /// Says what is wrong with the fields.
  public func validate() throws {
    var check = FieldCheck()
    check.line("/source", source, upTo: 50, isRequired: false)
    try check.finish()
  }
}

/// A member's time in a group, from joining to leaving. Whoever comes back begins another one.
public struct Stay: Sendable, Hashable, Codable {
  /// The group.
  public let groupID: ID<Group>
  /// Its name.
  public let groupName: String
  /// When it began, if that is known.
  public let joinedAt: Date?
  /// When it ended; nil while it lasts.
  public let leftAt: Date?
  /// What brought them.
  public let source: String?
  /// The member who brought them.
  public let invitedByID: ID<Member>?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case source
    case groupID = "group_id"
    case groupName = "group_name"
    case joinedAt = "joined_at"
    case leftAt = "left_at"
    case invitedByID = "invited_by_id"
  }
}
