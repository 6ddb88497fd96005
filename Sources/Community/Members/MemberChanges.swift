import Almanac
import Foundation
import Identifiers
import Postgres

/// What the rows of a sheet come to beside what is there. Pure.
struct MemberChanges {
  /// What the brand has that the sheet may speak of.
  struct Present {
    let members: [Member]
    let memberships: [Membership]
    let groups: [(id: ID<Group>, name: String, number: String?)]
  }

  /// A row of the table of members.
  struct Row: Encodable {
    let id: ID<Member>
    let draft: MemberDraft

    func encode(to encoder: any Encoder) throws {
      try draft.encode(to: encoder)
      var container = encoder.container(keyedBy: Member.CodingKeys.self)
      try container.encode(id, forKey: .id)
    }
  }

  /// A row of the table of memberships.
  struct Place {
    let group: ID<Group>
    let member: ID<Member>
    let joined: Date?
    let before: PlaceBefore.Membership?
  }

  /// A place that a row gives, as it is remembered for an undo.
  struct PlaceBefore: Encodable {
    struct Membership: Encodable {
      let joined_at: String?
      let left_at: String?
    }

    let group_id: ID<Group>
    let before: Membership?
  }

  private(set) var new: [Row] = []
  private(set) var edited: [Row] = []
  private(set) var places: [Place] = []

  private let zone: Zone
  private let byNumber: [String: Member]
  private let byPhone: [String: Member]
  private let nameless: [String: [Member]]
  private let membershipsByMember: [ID<Member>: [ID<Group>: Membership]]
  private let groups: [String: [ID<Group>]]
  private var taken: Set<ID<Member>>

  init(_ present: Present, zone: Zone, taken: Set<ID<Member>> = []) {
    self.taken = taken
    self.zone = zone
    func index(_ key: (Member) -> String?) -> [String: Member] {
      Dictionary(present.members.compactMap { member in key(member).map { ($0, member) } }) { first, _ in first }
    }
    byNumber = index(\.externalID)
    byPhone = index(\.phone)
    nameless = Dictionary(grouping: present.members.filter { $0.externalID == nil && $0.phone == nil }, by: \.name)
    membershipsByMember = Dictionary(grouping: present.memberships, by: \.memberID)
      .mapValues { Dictionary($0.map { ($0.groupID, $0) }) { first, _ in first } }
    // A number tells a group exactly; only without one is a label taken for a name.
    let numbered = Dictionary(grouping: present.groups.filter { $0.number != nil }) { $0.number ?? "" }
    groups = Dictionary(grouping: present.groups, by: \.name).merging(numbered) { $1 }.mapValues { $0.map(\.id) }
  }

  mutating func take(_ row: MemberSheet.Row) throws -> RowOutcome {
    let groups = try row.groups.map { try group($0, in: row) }
    let joined = row.joined.map { zone.resolve($0.date, $0.time ?? .midnight).instant }
    let before = try match(row, in: groups)
    var draft = before?.draft ?? MemberDraft(name: row.displayName, birthdayCalendar: .solar)
    draft.take(row)
    guard let before else {
      try draft.validateForImport()
      let made = Row(id: ID(), draft: draft)
      new.append(made)
      let places = groups.map { Place(group: $0, member: made.id, joined: joined, before: nil) }
      self.places += places
      return RowOutcome(row: row.row, kind: .created, subject: made.id.uuid, places: try Self.remembered(places))
    }
    guard taken.insert(before.id).inserted else {
      throw InvalidInput("/phone", .taken, actual: row.phone ?? row.displayName)
    }
    try draft.validateForImport()
    let fresh = groups.filter { !has(before, $0, since: joined) }.map { group in
      let present = membershipsByMember[before.id]?[group]
      return Place(group: group, member: before.id, joined: joined, before: present.map(Self.remembered))
    }
    places += fresh
    let isEdited = draft != before.draft
    if isEdited { edited.append(Row(id: before.id, draft: draft)) }
    return RowOutcome(
      row: row.row, kind: isEdited || !fresh.isEmpty ? .updated : .unchanged, subject: before.id.uuid,
      version: before.version + (isEdited ? 1 : 0), before: isEdited ? try JSON(encoding: before.draft) : nil,
      places: try Self.remembered(fresh))
  }

  private static func remembered(_ places: [Place]) throws -> JSON? {
    guard !places.isEmpty else { return nil }
    return try JSON(encoding: places.map { PlaceBefore(group_id: $0.group, before: $0.before) })
  }

  private static func remembered(_ membership: Membership) -> PlaceBefore.Membership {
    func text(_ date: Date?) -> String? { date?.formatted(.iso8601.time(includingFractionalSeconds: true)) }
    return PlaceBefore.Membership(joined_at: text(membership.joinedAt), left_at: text(membership.leftAt))
  }

  private func group(_ label: String, in row: MemberSheet.Row) throws -> ID<Group> {
    let found = groups[label] ?? []
    guard let group = found.first, found.count == 1 else {
      let reason = found.isEmpty ? ImportProblem.Reason.unknownGroup : .ambiguousGroup
      throw ImportProblem(row: row.row, column: "groups", reason: reason, value: label)
    }
    return group
  }

  private func match(_ row: MemberSheet.Row, in groups: [ID<Group>]) throws -> Member? {
    let numbered = row.externalID.flatMap { byNumber[$0] }
    let phoned = row.phone.flatMap { byPhone[$0] }
    if let numbered {
      if let phoned, phoned.id != numbered.id { throw InvalidInput("/phone", .taken, actual: row.phone) }
      return numbered
    }
    if let phoned {
      // The number of somebody else who has another external number is no match but a clash.
      if row.externalID != nil, phoned.externalID != nil { throw InvalidInput("/phone", .taken, actual: row.phone) }
      return phoned
    }
    guard row.externalID == nil, row.phone == nil else { return nil }
    return (nameless[row.displayName] ?? []).first { member in
      let shares = groups.isEmpty || groups.contains { membershipsByMember[member.id]?[$0] != nil }
      return shares && !taken.contains(member.id)
        && (row.birthday == nil || member.birthday == row.birthday.map { Birthday($0) })
    }
  }

  private func has(_ member: Member, _ group: ID<Group>, since joined: Date?) -> Bool {
    guard let place = membershipsByMember[member.id]?[group], place.leftAt == nil else { return false }
    return joined == nil || place.joinedAt == joined
  }
}

extension MemberDraft {
  /// The columns that hold what a draft does, by the names that the draft's fields have in JSON.
  static let columns: SQL = "name, phone, external_id, birthday, birthday_calendar"

  /// What a row says; an empty cell leaves what is there.
  fileprivate mutating func take(_ row: MemberSheet.Row) {
    name = row.displayName
    phone = row.phone ?? phone
    externalID = row.externalID ?? externalID
    if let birthday = row.birthday { (self.birthday, birthdayCalendar) = (Birthday(birthday), .solar) }
  }

  fileprivate func validateForImport() throws {
    try validate()
    var check = FieldCheck()
    check.room("/name", name, codePoints: 100)
    check.room("/external_id", externalID, codePoints: 100)
    try check.finish()
  }
}
