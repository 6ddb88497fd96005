public import Foundation
public import Identifiers

/// A person in a brand's groups (成员); one member may be in several.
public struct Member: Sendable, Hashable, Codable {
  /// How old they are, as far as it matters to a brand.
  public enum AgeBand: String, Sendable, Hashable, Codable, CaseIterable {
    case under18 = "under_18"
    case from18 = "18_24"
    case from25 = "25_29"
    case from30 = "30_34"
    case from35 = "35_39"
    case from40 = "40_49"
    case from50 = "50_59"
    case over60 = "60_up"
  }

  /// As they say themselves; absent where they do not.
  public enum Sex: String, Sendable, Hashable, Codable, CaseIterable {
    case female, male
  }

  /// Their identifier.
  public let id: ID<Member>
  /// The name that they go by in the groups.
  public let name: String
  /// Telephone number with its country's code.
  public let phone: String?
  /// What the agency's own sheets or the platform call them; unique in the brand.
  public let externalID: String?
  /// Their birthday.
  public let birthday: Birthday?
  /// The calendar that the birthday is counted by.
  public let birthdayCalendar: Birthday.Calendar
  /// Where they live.
  public let region: String?
  /// How old they are.
  public let ageBand: AgeBand?
  /// Their sex.
  public let sex: Sex?
  /// What they do.
  public let occupation: String?
  /// What they are to the brand: labels such as 宝妈 or 老客.
  public let tags: [String]
  /// Whether nothing is to be sent to them in private.
  public let doNotDisturb: Bool
  /// Raised by every edit.
  public let version: Int
  /// When they were added.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, name, phone, birthday, region, sex, occupation, tags, version
    case externalID = "external_id"
    case birthdayCalendar = "birthday_calendar"
    case ageBand = "age_band"
    case doNotDisturb = "do_not_disturb"
    case createdAt = "created_at"
  }
}

/// What can be set of a member.
public struct MemberDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, phone, birthday, region, sex, occupation, tags
    case externalID = "external_id"
    case birthdayCalendar = "birthday_calendar"
    case ageBand = "age_band"
    case doNotDisturb = "do_not_disturb"
  }

  var name: String
  var phone: String?
  var externalID: String?
  var birthday: Birthday?
  var birthdayCalendar: Birthday.Calendar?
  var region: String?
  var ageBand: Member.AgeBand?
  var sex: Member.Sex?
  var occupation: String?
  var tags: [String]?
  var doNotDisturb: Bool?

  func validate() throws {
    var check = FieldCheck()
    check.line("/name", name, upTo: 100)
    check.line("/external_id", externalID, upTo: 100, isRequired: false)
    if let phone, phone.wholeMatch(of: /\+[0-9]{6,18}/) == nil {
      check.add("/phone", .malformed, limit: "+8613800000000")
    }
    if let birthday, !birthday.isDay(of: birthdayCalendar ?? .solar) {
      check.add("/birthday", .malformed, limit: "1993-05-20, --05-20", actual: "\(birthday)")
    }
    check.line("/region", region, upTo: 50, isRequired: false)
    check.line("/occupation", occupation, upTo: 50, isRequired: false)
    check.labels("/tags", tags, upTo: 50)
    try check.finish()
  }
}

extension Member {
  /// The member as a reader sees them.
  public func shown(with phones: PhoneView) -> Member {
    Member(
      id: id, name: name, phone: phones.shown(phone), externalID: externalID, birthday: birthday,
      birthdayCalendar: birthdayCalendar, region: region, ageBand: ageBand, sex: sex, occupation: occupation,
      tags: tags, doNotDisturb: doNotDisturb, version: version, createdAt: createdAt)
  }

  /// The member as they can be edited.
  public var draft: MemberDraft {
    MemberDraft(
      name: name, phone: phone, externalID: externalID, birthday: birthday, birthdayCalendar: birthdayCalendar,
      region: region, ageBand: ageBand, sex: sex, occupation: occupation, tags: tags, doNotDisturb: doNotDisturb)
  }
}
