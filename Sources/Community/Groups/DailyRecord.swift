public import Almanac
public import Foundation
public import Identifiers

/// What was written down of a group's day (日记录), by hand.
public struct DailyRecord: Sendable, Hashable, Codable {
  /// The day, by the brand's clock.
  public let day: CivilDate
  /// How many were in the group in the evening.
  public let members: Int?
  /// How many joined.
  public let joins: Int?
  /// How many left.
  public let leaves: Int?
  /// How many said something.
  public let speakers: Int?
  /// How many messages there were.
  public let messages: Int?
  /// How many orders came of it.
  public let orders: Int?
  /// What else is to be known.
  public let remarks: String?
  /// Who wrote it down last.
  public let byID: PersonID?
  /// When.
  public let recordedAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case day, members, joins, leaves, speakers, messages, orders, remarks
    case byID = "by_id"
    case recordedAt = "recorded_at"
  }
}

/// What can be written down of a group's day.
public struct DailyRecordDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case members, joins, leaves, speakers, messages, orders, remarks
  }

  var members: Int?
  var joins: Int?
  var leaves: Int?
  var speakers: Int?
  var messages: Int?
  var orders: Int?
  var remarks: String?

  /// A draft without any value takes the record away.
  var isEmpty: Bool { self == DailyRecordDraft() }

  func validate(at place: String = "") throws {
    var check = FieldCheck()
    check.record(self, at: place)
    try check.finish()
  }
}

/// What was written down of one group among many.
public struct DailyRecordEntry: Codable, Sendable, Hashable {
  /// The fields: the group and those of the record.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case groupID = "group_id"
    case members, joins, leaves, speakers, messages, orders, remarks
  }

  /// The group.
  public let groupID: ID<Group>
  let members: Int?
  let joins: Int?
  let leaves: Int?
  let speakers: Int?
  let messages: Int?
  let orders: Int?
  let remarks: String?

  var draft: DailyRecordDraft {
    DailyRecordDraft(
      members: members, joins: joins, leaves: leaves, speakers: speakers, messages: messages, orders: orders,
      remarks: remarks)
  }
}

/// A group in the sheet that operators fill in every evening.
public struct DailySheetRow: Sendable, Hashable, Codable {
  /// The group.
  public let groupID: ID<Group>
  /// Its name.
  public let name: String
  /// How many members it has, as far as that is known.
  public let size: Int?
  /// What was written down; nil when nothing was yet.
  public let record: DailyRecord?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, size, record
    case groupID = "group_id"
  }
}

extension FieldCheck {
  mutating func record(_ draft: DailyRecordDraft, at place: String) {
    let numbers = [
      ("members", draft.members, 100_000), ("joins", draft.joins, 100_000), ("leaves", draft.leaves, 100_000),
      ("speakers", draft.speakers, 100_000), ("messages", draft.messages, 10_000_000),
      ("orders", draft.orders, 10_000_000),
    ]
    for (name, number, most) in numbers { if let number { range("\(place)/\(name)", number, 0...most) } }
    prose("\(place)/remarks", draft.remarks, upTo: 500, isRequired: false)
  }
}
