public import Identifiers
import Postgres
public import Tenancy

/// The groups of a brand.
public struct GroupStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  static let columns: SQL = """
    g.id, g.name, g.external_id, g.platform, g.channel_id, g.kind, g.purpose, g.region, g.tags, g.avatar_id,
    a.text as announcement, g.owner, g.keeper_id, g.stand_in_id, g.team, g.capacity, g.size, g.state, g.merged_into_id,
    g.rules_id, g.version, g.created_at
    """

  static let source: SQL = "groups g left join announcements a on a.id = g.announcement_id"

  /// One group. Throws `NotFound`.
  public func group(_ id: ID<Group>) async throws -> Group {
    let rows = try await session.query("select \(Self.columns) from \(Self.source) where g.id = \(id)")
    guard let row = rows.first else { throw NotFound() }
    return try Group(row)
  }

  /// Adds a group.
  ///
  /// - Parameter person: whose announcement it is, if it brings one.
  public func create(_ draft: GroupDraft, by person: PersonID? = nil) async throws -> ID<Group> {
    try draft.validate()
    let id = ID<Group>()
    try await check(draft, of: id)
    try await naming(draft) {
      try await session.query(
        """
        with announced as (
          insert into announcements (id, group_id, text, by_id)
          select \(ID<Announcement>()), \(id), \(draft.announcement), \(person)
          where \(draft.announcement)::text is not null returning id
        )
        insert into groups (id, name, external_id, platform, channel_id, kind, purpose, region, tags, avatar_id,
          announcement_id, owner, keeper_id, stand_in_id, team, capacity, size, state, merged_into_id, rules_id)
        values (\(id), \(draft.name), \(draft.externalID), \(draft.platform?.rawValue), \(draft.channelID),
          \(draft.kind), \(draft.purpose), \(draft.region), \(draft.tags ?? []), \(draft.avatarID),
          (select id from announced), \(draft.owner), \(draft.keeperID), \(draft.standInID), \(draft.team ?? []),
          \(draft.capacity ?? 500), \(draft.size)::integer, \((draft.state ?? .open).rawValue),
          \(draft.mergedIntoID), \(draft.rulesID))
        """)
    }
    return id
  }

  /// Replaces what can be edited if the group still stands at `version`. Another announcement is added to the history.
  public func update(
    _ id: ID<Group>, _ draft: GroupDraft, ifVersion version: Int?, by person: PersonID? = nil
  ) async throws {
    try draft.validate()
    try await check(draft, of: id)
    // Locked apart: what a statement reads is as old as the statement.
    _ = try await session.query("select from groups where id = \(id) for no key update")
    let before = try await group(id)
    if let version, version != before.version { throw EditConflict(current: before.version) }
    let announcement = try await announce(draft.announcement, in: before, by: person)
    try await naming(draft) {
      try await session.query(
        """
        update groups set name = \(draft.name), external_id = \(draft.externalID),
          platform = \(draft.platform?.rawValue), channel_id = \(draft.channelID), kind = \(draft.kind),
          purpose = \(draft.purpose), region = \(draft.region), tags = \(draft.tags ?? []),
          avatar_id = \(draft.avatarID), owner = \(draft.owner), keeper_id = \(draft.keeperID),
          stand_in_id = \(draft.standInID), team = \(draft.team ?? []), capacity = \(draft.capacity ?? 500),
          size = \(draft.size)::integer, state = \((draft.state ?? .open).rawValue),
          merged_into_id = \(draft.mergedIntoID), rules_id = \(draft.rulesID), version = version + 1,
          announcement_id = case when \(draft.announcement)::text is not null
            then coalesce(\(announcement), announcement_id) end
        where id = \(id)
        """)
    }
  }

  /// Adds to the history what is announced, or that nothing is any more; nil when that is as before.
  private func announce(
    _ text: String?, in group: Group, by person: PersonID?
  ) async throws -> ID<Announcement>? {
    guard text != group.announcement else { return nil }
    let id = ID<Announcement>()
    try await session.query(
      """
      insert into announcements (id, group_id, text, by_id) values (\(id), \(group.id), \(text), \(person))
      """)
    return id
  }

  /// Looks at what the draft refers to beyond its being there.
  private func check(_ draft: GroupDraft, of id: ID<Group>) async throws {
    if let target = draft.mergedIntoID { try await requireMergeable(target, without: [id], at: "/merged_into_id") }
    if let avatar = draft.avatarID { try await requirePicture(avatar, at: "/avatar_id") }
  }

  /// Groups are merged into one that goes on. It is held until the transaction ends, so that no two are merged into each
  /// other.
  func requireMergeable(_ target: ID<Group>, without merged: [ID<Group>], at field: String) async throws {
    guard !merged.contains(target) else { throw InvalidInput(field, .unknownValue, actual: "\(target)") }
    let rows = try await session.query("select state from groups where id = \(target) for share")
    guard let row = rows.first else { throw InvalidInput(field, .unknownReference) }
    let state: Group.State = try row.state("state")
    guard state.takesSends else {
      throw InvalidInput(field, .unknownValue, limit: "open, full", actual: state.rawValue)
    }
  }

  func requirePicture(_ medium: ID<Media>, at field: String) async throws {
    let rows = try await session.query("select type like 'image/%' from media where id = \(medium)")
    guard let row = rows.first else { throw InvalidInput(field, .unknownReference) }
    guard try row.decode(Bool.self) else { throw InvalidInput(field, .unknownValue, limit: "JPEG, PNG") }
  }

  /// Says which field a constraint of the table is about.
  @discardableResult
  private func naming(_ draft: GroupDraft, _ body: () async throws -> PostgresResult) async throws -> PostgresResult {
    do {
      return try await body()
    } catch let error as PostgresError where error.isUniqueViolation {
      throw InvalidInput("/external_id", .taken, actual: draft.externalID)
    } catch let error as PostgresError {
      throw error.unknownReference(in: "groups", under: "") ?? error
    }
  }
}

extension PostgresError {
  /// The field whose reference leads nowhere; nil for another error. The schema names the constraints after the columns.
  func unknownReference(in table: String, under place: String) -> InvalidInput? {
    guard isForeignKeyViolation, let constraint, constraint.hasPrefix(table + "_"), constraint.hasSuffix("_fkey") else {
      return nil
    }
    return InvalidInput("\(place)/\(constraint.dropFirst(table.count + 1).dropLast(5))", .unknownReference)
  }
}

extension Group {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    name = try row.value("name")
    externalID = try row.value("external_id")
    platform = try row.optionalState("platform")
    channelID = try row.value("channel_id")
    kind = try row.value("kind")
    purpose = try row.value("purpose")
    region = try row.value("region")
    tags = try row.value("tags")
    avatarID = try row.value("avatar_id")
    announcement = try row.value("announcement")
    owner = try row.value("owner")
    keeperID = try row.value("keeper_id")
    standInID = try row.value("stand_in_id")
    team = try row.value("team")
    capacity = try row.value("capacity")
    size = try row.value("size")
    state = try row.state("state")
    mergedIntoID = try row.value("merged_into_id")
    rulesID = try row.value("rules_id")
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}
