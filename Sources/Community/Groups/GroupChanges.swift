import Channels
import Identifiers

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
  private var taken: Set<ID<Group>> = []

  init(_ groups: [Group], channels: [String: ID<Channel>], reserved: [String: ID<Channel>]?) {
    self.channels = channels
    self.reserved = reserved
    byNumber = Dictionary(groups.compactMap { group in group.externalID.map { ($0, group) } }) { first, _ in first }
    byName = Dictionary(grouping: groups, by: \.name)
  }

  mutating func take(_ row: GroupSheet.Row, into result: inout ImportResult) throws {
    let before = try match(row)
    if let before, taken.contains(before.id) { throw InvalidInput("/name", .taken, actual: row.name) }
    let draft = GroupDraft(
      name: row.name, externalID: row.externalID ?? before?.externalID, channelID: before?.channelID,
      kind: row.kind ?? before?.kind, region: row.region ?? before?.region,
      tags: row.tags.isEmpty ? before?.tags ?? [] : row.tags, owner: row.owner ?? before?.owner,
      capacity: row.capacity ?? before?.capacity, state: before?.state)
    try draft.validateForImport()
    try add(draft, through: try channel(of: row), in: before, to: &result)
  }

  private mutating func add(
    _ draft: GroupDraft, through channel: ID<Channel>?, in before: Group?, to result: inout ImportResult
  ) throws {
    var draft = draft
    draft.channelID = channel ?? draft.channelID
    guard let before else {
      new.append(Row(id: ID(), draft: draft))
      result.created += 1
      return
    }
    taken.insert(before.id)
    guard draft != before.draft else { return result.unchanged += 1 }
    edited.append(Row(id: before.id, draft: draft))
    result.updated += 1
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
  private mutating func channel(of row: GroupSheet.Row) throws -> ID<Channel>? {
    guard row.robot != nil else { return nil }
    guard let account = row.account else { throw InvalidInput("/webhook", .malformed) }
    if let channel = channels[account.fingerprint] { return channel }
    guard let reserved else { return nil }
    guard let id = reserved[account.fingerprint] else { throw InvalidInput("/webhook", .taken) }
    newChannels.append(NewChannel(id: id, name: row.name, account: account))
    channels[account.fingerprint] = id
    return id
  }
}

extension GroupDraft {
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
