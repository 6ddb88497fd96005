public import Identifiers

/// What can be set of a group.
public struct GroupDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, platform, kind, purpose, region, tags, announcement, owner, team, capacity, size, state
    case externalID = "external_id"
    case channelID = "channel_id"
    case avatarID = "avatar_id"
    case keeperID = "keeper_id"
    case standInID = "stand_in_id"
    case mergedIntoID = "merged_into_id"
    case rulesID = "rules_id"
  }

  var name: String
  var externalID: String?
  var platform: Group.Platform?
  var channelID: ID<Channel>?
  var kind: String?
  var purpose: String?
  var region: String?
  var tags: [String]?
  var avatarID: ID<Media>?
  var announcement: String?
  var owner: String?
  var keeperID: PersonID?
  var standInID: PersonID?
  var team: [PersonID]?
  var capacity: Int?
  var size: Int?
  var state: Group.State?
  var mergedIntoID: ID<Group>?
  var rulesID: ID<Rules>?

  /// The people that it names, by the field that names them.
  public var people: [(field: String, person: PersonID)] {
    let single = [("/keeper_id", keeperID), ("/stand_in_id", standInID)]
    return single.compactMap { field, person in person.map { (field, $0) } }
      + (team ?? []).enumerated().map { ("/team/\($0)", $1) }
  }

  func validate() throws {
    var check = FieldCheck()
    check.line("/name", name, upTo: 100)
    check.line("/external_id", externalID, upTo: 100, isRequired: false)
    check.group(self)
    check.end((state ?? .open), mergedIntoID)
    try check.finish()
  }
}

extension FieldCheck {
  /// What may be said of many groups at once.
  fileprivate mutating func group(_ draft: GroupDraft) {
    line("/kind", draft.kind, upTo: 50, isRequired: false)
    prose("/purpose", draft.purpose, upTo: 500, isRequired: false)
    line("/region", draft.region, upTo: 50, isRequired: false)
    prose("/announcement", draft.announcement, upTo: 2_000, isRequired: false)
    line("/owner", draft.owner, upTo: 100, isRequired: false)
    range("/capacity", draft.capacity ?? 500, 1...100_000)
    range("/size", draft.size ?? 0, 0...100_000)
    labels("/tags", draft.tags, upTo: 50)
    let team = draft.team ?? []
    if team.count > 50 { add("/team", .tooManyItems, limit: "50", actual: "\(team.count)") }
    var seen: Set<PersonID> = []
    for (index, person) in team.enumerated() where !seen.insert(person).inserted {
      add("/team/\(index)", .taken, actual: "\(person)")
    }
  }

  /// A group is merged into another one, or into none.
  fileprivate mutating func end(_ state: Group.State, _ target: ID<Group>?) {
    switch (state, target) {
    case (.merged, nil): add("/merged_into_id", .required)
    case (.open, .some), (.full, .some), (.closed, .some):
      add("/state", .unknownValue, limit: Group.State.merged.rawValue, actual: state.rawValue)
    default: break
    }
  }
}

extension Group {
  /// The group as it can be edited.
  public var draft: GroupDraft {
    GroupDraft(
      name: name, externalID: externalID, platform: platform, channelID: channelID, kind: kind, purpose: purpose,
      region: region, tags: tags, avatarID: avatarID, announcement: announcement, owner: owner, keeperID: keeperID,
      standInID: standInID, team: team, capacity: capacity, size: size, state: state, mergedIntoID: mergedIntoID,
      rulesID: rulesID)
  }
}
