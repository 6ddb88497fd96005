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

  /// One group. Throws `NotFound`.
  public func group(_ id: ID<Group>) async throws -> Group {
    let rows = try await session.query(
      """
      select id, name, external_id, channel_id, kind, region, tags, owner, capacity, state, version, created_at
      from groups where id = \(id)
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Group(row)
  }

  /// The groups by age, those with a tag only when one is given.
  public func page(_ request: PageRequest, tag: String?) async throws -> Page<Group> {
    let tagged: SQL = tag.map { "and tags @> array[\($0)::text]" } ?? ""
    let rows = try await session.query(
      """
      select id, name, external_id, channel_id, kind, region, tags, owner, capacity, state, version, created_at
      from groups where id > \(request.place) \(tagged)
      order by id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Group.init))
  }

  /// Adds a group.
  public func create(_ draft: GroupDraft) async throws -> ID<Group> {
    try draft.validate()
    let id = ID<Group>()
    try await naming(draft) {
      try await session.query(
        """
        insert into groups (id, name, external_id, channel_id, kind, region, tags, owner, capacity, state)
        values (\(id), \(draft.name), \(draft.externalID), \(draft.channelID), \(draft.kind), \(draft.region),
          \(draft.tags ?? []), \(draft.owner), \(draft.capacity ?? 500), \((draft.state ?? .active).rawValue))
        """)
    }
    return id
  }

  /// Replaces what can be edited if the group still stands at `version`.
  public func update(_ id: ID<Group>, _ draft: GroupDraft, ifVersion version: Int?) async throws {
    try draft.validate()
    let updated = try await naming(draft) {
      try await session.query(
        """
        update groups set name = \(draft.name), external_id = \(draft.externalID), channel_id = \(draft.channelID),
          kind = \(draft.kind), region = \(draft.region), tags = \(draft.tags ?? []), owner = \(draft.owner),
          capacity = \(draft.capacity ?? 500), state = \((draft.state ?? .active).rawValue), version = version + 1
        where id = \(id) and (\(version)::integer is null or version = \(version))
        """)
    }
    guard updated.affected == 1 else { throw EditConflict(current: try await group(id).version) }
  }

  /// Says which field a constraint of the table is about.
  @discardableResult
  private func naming(_ draft: GroupDraft, _ body: () async throws -> PostgresResult) async throws -> PostgresResult {
    do {
      return try await body()
    } catch let error as PostgresError where error.isUniqueViolation {
      throw InvalidInput("/external_id", .taken, actual: draft.externalID)
    } catch let error as PostgresError where error.isForeignKeyViolation {
      throw InvalidInput("/channel_id", .unknownReference)
    }
  }
}

extension Group {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    name = try row.value("name")
    externalID = try row.value("external_id")
    channelID = try row.value("channel_id")
    kind = try row.value("kind")
    region = try row.value("region")
    tags = try row.value("tags")
    owner = try row.value("owner")
    capacity = try row.value("capacity")
    state = try row.state("state")
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}
