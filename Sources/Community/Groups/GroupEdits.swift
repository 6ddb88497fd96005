public import Identifiers

/// An edit of many groups at once.
public struct GroupEdits: Decodable, Sendable {
  /// Most groups that are edited at once.
  public static let limit = 5_000

  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case groups, filter
    case patch = "set"
    case addTags = "add_tags"
    case removeTags = "remove_tags"
  }

  let groups: [ID<Group>]?
  let filter: GroupFilter?
  let patch: GroupPatch?
  let addTags: [String]?
  let removeTags: [String]?

  /// The people that it names, by the field that names them.
  public var people: [(field: String, person: PersonID)] { patch?.people ?? [] }

  func validate() throws {
    if (groups == nil) == (filter == nil) { throw InvalidInput("/groups", .required) }
    try filter?.validate(at: "/filter/")
    var check = FieldCheck()
    if let groups {
      if groups.isEmpty { check.add("/groups", .required) }
      if groups.count > Self.limit {
        check.add("/groups", .tooManyItems, limit: "\(Self.limit)", actual: "\(groups.count)")
      }
    }
    check.labels("/add_tags", addTags, upTo: 50)
    check.labels("/remove_tags", removeTags, upTo: 50)
    if patch.map(\.isEmpty) ?? true, (addTags ?? []).isEmpty, (removeTags ?? []).isEmpty {
      check.add("/set", .required)
    }
    if let patch { check.patch(patch) }
    try check.finish()
  }
}

/// What an edit of many groups sets: what can be the same of all of them.
public struct GroupPatch: Decodable, Sendable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case platform, kind, purpose, region, tags, announcement, owner, team, capacity, state
    case channelID = "channel_id"
    case avatarID = "avatar_id"
    case keeperID = "keeper_id"
    case standInID = "stand_in_id"
    case mergedIntoID = "merged_into_id"
    case rulesID = "rules_id"
  }

  let platform: Change<Group.Platform>
  let channelID: Change<ID<Channel>>
  let kind: Change<String>
  let purpose: Change<String>
  let region: Change<String>
  let tags: Change<[String]>
  let avatarID: Change<ID<Media>>
  let announcement: Change<String>
  let owner: Change<String>
  let keeperID: Change<PersonID>
  let standInID: Change<PersonID>
  let team: Change<[PersonID]>
  let capacity: Change<Int>
  let state: Change<Group.State>
  let mergedIntoID: Change<ID<Group>>
  let rulesID: Change<ID<Rules>>

  /// Reads a merge patch.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    platform = try fields.change(forKey: .platform)
    channelID = try fields.change(forKey: .channelID)
    kind = try fields.change(forKey: .kind)
    purpose = try fields.change(forKey: .purpose)
    region = try fields.change(forKey: .region)
    tags = try fields.change(forKey: .tags)
    avatarID = try fields.change(forKey: .avatarID)
    announcement = try fields.change(forKey: .announcement)
    owner = try fields.change(forKey: .owner)
    keeperID = try fields.change(forKey: .keeperID)
    standInID = try fields.change(forKey: .standInID)
    team = try fields.change(forKey: .team)
    capacity = try fields.change(forKey: .capacity)
    state = try fields.change(forKey: .state)
    mergedIntoID = try fields.change(forKey: .mergedIntoID)
    rulesID = try fields.change(forKey: .rulesID)
  }

  var people: [(field: String, person: PersonID)] { sample.people.map { ("/set" + $0.field, $0.person) } }

  /// A group of these values, for the checks of the single one's.
  var sample: GroupDraft {
    GroupDraft(
      name: "-", platform: platform.value, channelID: channelID.value, kind: kind.value, purpose: purpose.value,
      region: region.value, tags: tags.value, avatarID: avatarID.value, announcement: announcement.value,
      owner: owner.value, keeperID: keeperID.value, standInID: standInID.value, team: team.value,
      capacity: capacity.value, state: state.value, mergedIntoID: mergedIntoID.value, rulesID: rulesID.value)
  }

  var isEmpty: Bool { assignments.isEmpty && !announcement.isChange && !mergedIntoID.isChange }
}

extension FieldCheck {
  fileprivate mutating func patch(_ patch: GroupPatch) {
    do {
      try patch.sample.validate()
    } catch let input as InvalidInput {
      for problem in input.problems {
        add("/set" + problem.field, problem.code, limit: problem.limit, actual: problem.actual)
      }
    } catch {}
    // Whatever group has another state is merged into none.
    if patch.mergedIntoID == .clear, patch.state.value == nil { add("/set/state", .required) }
  }
}
