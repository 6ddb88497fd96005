public import Identifiers
import Foundation
import Postgres
import Tenancy

extension GroupPatch {
  /// Columns and their new values; those that are emptied get what a new group has.
  var assignments: [(column: SQL, value: SQL)] {
    var all: [(SQL, SQL)] = []
    func assign<Value>(_ column: SQL, _ change: Change<Value>, _ value: (Value?) -> SQL) {
      if change.isChange { all.append((column, value(change.value))) }
    }
    assign("platform", platform) { "\($0?.rawValue)::text" }
    assign("channel_id", channelID) { "\($0)::uuid" }
    assign("kind", kind) { "\($0)::text" }
    assign("purpose", purpose) { "\($0)::text" }
    assign("region", region) { "\($0)::text" }
    assign("tags", tags) { "\($0 ?? [])::text[]" }
    assign("avatar_id", avatarID) { "\($0)::uuid" }
    assign("owner", owner) { "\($0)::text" }
    assign("keeper_id", keeperID) { "\($0)::uuid" }
    assign("stand_in_id", standInID) { "\($0)::uuid" }
    assign("team", team) { "\($0 ?? [])::uuid[]" }
    assign("capacity", capacity) { "\($0 ?? 500)::integer" }
    assign("state", state) { "\(($0 ?? .open).rawValue)::text" }
    // Another state than merged ends a merger.
    if state.isChange { all.append(("merged_into_id", "\(mergedIntoID.value)::uuid")) }
    assign("rules_id", rulesID) { "\($0)::uuid" }
    return all
  }
}

extension GroupStore {
  /// Edits many groups, all or none, and says which are others now; each of these has a new version. Throws `InvalidInput`
  /// when there are too many, or one of those named is not there.
  public func apply(_ edits: GroupEdits, by person: PersonID? = nil) async throws -> [ID<Group>] {
    try edits.validate()
    let groups = try await lock(edits)
    if let target = edits.patch?.mergedIntoID.value {
      try await requireMergeable(target, without: groups, at: "/set/merged_into_id")
    }
    if let avatar = edits.patch?.avatarID.value { try await requirePicture(avatar, at: "/set/avatar_id") }
    let changed = try await assign(edits, to: groups)
    guard let announcement = edits.patch?.announcement, announcement.isChange else { return changed.sorted() }
    let announced = try await announce(announcement.value, in: groups, counted: changed, by: person)
    return Set(changed).union(announced).sorted()
  }

  /// In the order of their ids, so that two edits at once stand in line.
  private func lock(_ edits: GroupEdits) async throws -> [ID<Group>] {
    let condition = edits.groups.map { "g.id = any(\($0))" as SQL } ?? (edits.filter ?? GroupFilter()).condition
    let rows = try await session.query(
      """
      select g.id from groups g where \(condition) order by g.id limit \(GroupEdits.limit + 1) for no key update
      """)
    let found = try rows.map { try $0.value("id", as: ID<Group>.self) }
    guard found.count <= GroupEdits.limit else {
      throw InvalidInput("/filter", .tooManyItems, limit: "\(GroupEdits.limit)")
    }
    guard let named = edits.groups else { return found }
    let known = Set(found)
    let problems = named.enumerated().filter { !known.contains($0.element) }
      .map { FieldProblem("/groups/\($0.offset)", .unknownReference) }
    guard problems.isEmpty else { throw InvalidInput(Array(problems.prefix(100))) }
    return found
  }

  private func assign(_ edits: GroupEdits, to groups: [ID<Group>]) async throws -> [ID<Group>] {
    var assignments = edits.patch?.assignments ?? []
    if edits.addTags != nil || edits.removeTags != nil {
      let tags = assignments.first { "\($0.column)" == "tags" }?.value ?? "g.tags"
      assignments.removeAll { "\($0.column)" == "tags" }
      assignments.append(("tags", Self.tags(tags, adding: edits.addTags ?? [], removing: edits.removeTags ?? [])))
    }
    guard !assignments.isEmpty else { return [] }
    let sets = assignments.reduce("version = g.version + 1" as SQL) { "\($0), \($1.column) = \($1.value)" }
    let differs = assignments.reduce("false" as SQL) {
      "\($0) or g.\($1.column) is distinct from \($1.value)"
    }
    do {
      let rows = try await session.query(
        """
        update groups g set \(sets) where g.id = any(\(groups)) and (\(differs))
        returning g.id, cardinality(g.tags) as tags
        """)
      if let most = try rows.map({ try $0.value("tags", as: Int.self) }).max(), most > 50 {
        throw InvalidInput("/add_tags", .tooManyItems, limit: "50", actual: "\(most)")
      }
      return try rows.map { try $0.value("id") }
    } catch let error as PostgresError {
      throw error.unknownReference(in: "groups", under: "/set") ?? error
    }
  }

  /// Tags in their order without some of them, and others behind.
  private static func tags(_ tags: SQL, adding added: [String], removing removed: [String]) -> SQL {
    """
    array(select tag from unnest(\(tags) || \(added)::text[]) with ordinality as t (tag, place)
      where tag <> all(\(removed)::text[]) group by tag order by min(place))
    """
  }

  /// Adds an announcement to the history of each group that has another.
  ///
  /// - Parameter counted: the groups whose version this edit has raised already.
  private func announce(
    _ text: String?, in groups: [ID<Group>], counted: [ID<Group>], by person: PersonID?
  ) async throws -> [ID<Group>] {
    let rows = try await session.query(
      """
      with announced as (
        insert into announcements (id, group_id, text, by_id)
        select n.id, n.group_id, \(text), \(person)
        from unnest(\(groups), \(groups.map { _ in ID<Announcement>() })) as n (group_id, id)
        join groups g on g.id = n.group_id left join announcements a on a.id = g.announcement_id
        where a.text is distinct from \(text) returning id, group_id
      )
      update groups g set announcement_id = case when \(text)::text is not null then a.id end,
        version = g.version + case when g.id = any(\(counted)) then 0 else 1 end
      from announced a where g.id = a.group_id returning g.id
      """)
    return try rows.map { try $0.value("id") }
  }
}
