public import Almanac
public import Foundation
public import Identifiers

/// A person in a brand's groups (成员); one member may be in several.
public struct Member: Sendable, Hashable, Codable {
  /// Their identifier.
  public let id: ID<Member>
  /// The name that they go by in the groups.
  public let name: String
  /// Telephone number with its country's code.
  public let phone: String?
  /// What the agency's own sheets or the platform call them; unique in the brand.
  public let externalID: String?
  /// Their birthday.
  public let birthday: CivilDate?
  /// Raised by every edit.
  public let version: Int
  /// When they were added.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, name, phone, birthday, version
    case externalID = "external_id"
    case createdAt = "created_at"
  }
}

/// What can be set of a member.
public struct MemberDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, phone, birthday
    case externalID = "external_id"
  }

  var name: String
  var phone: String?
  var externalID: String?
  var birthday: CivilDate?

  func validate() throws {
    var check = FieldCheck()
    check.text("/name", name, upTo: 100)
    check.text("/external_id", externalID, upTo: 100, isRequired: false)
    if let phone, phone.wholeMatch(of: /\+[0-9]{6,18}/) == nil {
      check.add("/phone", .malformed, limit: "+8613800000000")
    }
    try check.finish()
  }
}

extension Member {
  /// The member as they can be edited.
  public var draft: MemberDraft {
    MemberDraft(name: name, phone: phone, externalID: externalID, birthday: birthday)
  }
}

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

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, source
    case groupID = "group_id"
    case memberID = "member_id"
    case joinedAt = "joined_at"
    case leftAt = "left_at"
  }
}
