import Channels
import Identifiers
import Postgres

/// What the rows of a sheet come to beside what is there. Pure.
struct GroupChanges {
  /// A row of the table.
  struct Row: Encodable {
    let id: ID<Group>
    let draft: GroupDraft

    func encode(to encoder: any Encoder) throws {
      try draft.encode(to: encoder)
      var container = encoder.container(keyedBy: Group.CodingKeys.self)
      try container.encode(id, forKey: .id)
    }
  }

  /// A channel for a robot that the brand did not have.
  struct NewChannel {
    let id: ID<Channel>
    let name: String
    let account: ChannelAccount
  }

  private(set) var new: [Row] = []
  private(set) var edited: [Row] = []
  private(set) var newChannels: [NewChannel] = []

  /// By the fingerprint of their robot.
  private var channels: [String: ID<Channel>]
  /// The ids of channels to be; nil when none is to be made.
  private let reserved: [String: ID<Channel>]?
  private let byNumber: [String: Group]
  private let byName: [String: [Group]]
  private var taken: Set<ID<Group>>

  init(
    _ groups: [Group], channels: [String: ID<Channel>], reserved: [String: ID<Channel>]?, taken: Set<ID<Group>> = []
  ) {
    self.channels = channels
    self.reserved = reserved
    self.taken = taken
    byNumber = Dictionary(groups.compactMap { group in group.externalID.map { ($0, group) } }) { first, _ in first }
    byName = Dictionary(grouping: groups, by: \.name)
  }

  mutating func take(_ row: GroupSheet.Row) throws -> RowOutcome {
    let before = try match(row)
    if let before, taken.contains(before.id) { throw InvalidInput("/name", .taken, actual: row.name) }
    var draft = before?.draft ?? GroupDraft(name: row.name, tags: [], capacity: 500, state: .open)
    draft.take(row)
    try draft.validateForImport()
    let (channel, isNew) = try channel(of: row)
    draft.channelID = channel ?? draft.channelID
    guard let before else {
      let made = Row(id: ID(), draft: draft)
      new.append(made)
      return RowOutcome(row: row.row, kind: .created, subject: made.id.uuid, newChannel: isNew ? channel : nil)
    }
    taken.insert(before.id)
    guard draft != before.draft else {
      return RowOutcome(row: row.row, kind: .unchanged, subject: before.id.uuid, version: before.version)
    }
    edited.append(Row(id: before.id, draft: draft))
    return RowOutcome(
      row: row.row, kind: .updated, subject: before.id.uuid, version: before.version + 1,
      before: try JSON(encoding: before.draft), newChannel: isNew ? channel : nil)
  }

  /// By number, or else by name among those that the number does not tell apart.
  private func match(_ row: GroupSheet.Row) throws -> Group? {
    if let number = row.externalID, let group = byNumber[number] { return group }
    let namesakes = (byName[row.name] ?? []).filter { row.externalID == nil || $0.externalID == nil }
    guard namesakes.count < 2 else {
      throw ImportProblem(row: row.row, column: "name", reason: .ambiguousGroup, value: row.name)
    }
    return namesakes.first
  }

  /// The channel of the row's robot, which is a new one if the brand has none for it.
  private mutating func channel(of row: GroupSheet.Row) throws -> (ID<Channel>?, isNew: Bool) {
    guard row.robot != nil else { return (nil, false) }
    guard let account = row.account else { throw InvalidInput("/webhook", .malformed) }
    if let channel = channels[account.fingerprint] { return (channel, false) }
    guard let reserved else { return (nil, false) }
    guard let id = reserved[account.fingerprint] else { throw InvalidInput("/webhook", .taken) }
    newChannels.append(NewChannel(id: id, name: row.name, account: account))
    channels[account.fingerprint] = id
    return (id, true)
  }
}

extension GroupDraft {
  /// The columns that hold what a draft does, by the names that the draft's fields have in JSON.
  static let columns: SQL = "name, external_id, channel_id, kind, region, tags, owner, capacity, state"

  /// What a row says; an empty cell leaves what is there.
  fileprivate mutating func take(_ row: GroupSheet.Row) {
    name = row.name
    externalID = row.externalID ?? externalID
    kind = row.kind ?? kind
    region = row.region ?? region
    tags = row.tags.isEmpty ? tags : row.tags
    owner = row.owner ?? owner
    capacity = row.capacity ?? capacity
  }

  fileprivate func validateForImport() throws {
    try validate()
    var check = FieldCheck()
    check.room("/name", name, codePoints: 100)
    check.room("/external_id", externalID, codePoints: 100)
    check.room("/kind", kind, codePoints: 50)
    check.room("/region", region, codePoints: 50)
    check.room("/owner", owner, codePoints: 100)
    try check.finish()
  }
}
