import Almanac
public import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The members of a brand and their places in its groups.
public struct MemberStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// One member. Throws `NotFound`.
  public func member(_ id: ID<Member>) async throws -> Member {
    let rows = try await session.query(
      "select id, name, phone, external_id, birthday, version, created_at from members where id = \(id)")
    guard let row = rows.first else { throw NotFound() }
    return try Member(row)
  }

  /// The members by age.
  public func page(_ request: PageRequest) async throws -> Page<Member> {
    let rows = try await session.query(
      """
      select id, name, phone, external_id, birthday, version, created_at from members
      where id > \(request.place) order by id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Member.init))
  }

  /// Adds a member.
  public func create(_ draft: MemberDraft) async throws -> ID<Member> {
    try draft.validate()
    let id = ID<Member>()
    try await naming {
      try await session.query(
        """
        insert into members (id, name, phone, external_id, birthday)
        values (\(id), \(draft.name), \(draft.phone), \(draft.externalID), \(draft.birthday.flatMap { PostgresDate($0) }))
        """)
    }
    return id
  }

  /// Replaces what can be edited if the member still stands at `version`.
  public func update(_ id: ID<Member>, _ draft: MemberDraft, ifVersion version: Int?) async throws {
    try draft.validate()
    let updated = try await naming {
      try await session.query(
        """
        update members set name = \(draft.name), phone = \(draft.phone), external_id = \(draft.externalID),
          birthday = \(draft.birthday.flatMap { PostgresDate($0) }), version = version + 1
        where id = \(id) and (\(version)::integer is null or version = \(version))
        """)
    }
    guard updated.affected == 1 else { throw EditConflict(current: try await member(id).version) }
  }

  /// The places in a group, those of members who left included, by member.
  public func memberships(of group: ID<Group>, _ request: PageRequest) async throws -> Page<Membership> {
    let rows = try await session.query(
      """
      select s.group_id, s.member_id, m.name, s.joined_at, s.left_at, s.source
      from memberships s join members m on m.id = s.member_id
      where s.group_id = \(group) and s.member_id > \(request.place) order by s.member_id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Membership.init))
  }

  /// Puts a member into a group; one who had left is back. Throws `NotFound` when either is not there.
  public func join(_ member: ID<Member>, to group: ID<Group>, at instant: Date?, source: String?) async throws {
    do {
      try await session.query(
        """
        insert into memberships (group_id, member_id, joined_at, source)
        values (\(group), \(member), \(instant), \(source))
        on conflict (group_id, member_id) do update set
          left_at = null, joined_at = coalesce(excluded.joined_at, memberships.joined_at),
          source = coalesce(excluded.source, memberships.source)
        """)
    } catch let error as PostgresError where error.isForeignKeyViolation {
      throw NotFound()
    }
  }

  /// Notes that a member left a group. Throws `NotFound` when they are not in it.
  public func leave(_ member: ID<Member>, from group: ID<Group>) async throws {
    let updated = try await session.query(
      """
      update memberships set left_at = now()
      where group_id = \(group) and member_id = \(member) and left_at is null
      """)
    guard updated.affected == 1 else { throw NotFound() }
  }

  /// Says which field a constraint of the table is about.
  @discardableResult
  private func naming(_ body: () async throws -> PostgresResult) async throws -> PostgresResult {
    do {
      return try await body()
    } catch let error as PostgresError where error.isUniqueViolation {
      throw InvalidInput(error.constraint == "members_by_phone" ? "/phone" : "/external_id", .taken)
    }
  }
}

extension Member {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    name = try row.value("name")
    phone = try row.value("phone")
    externalID = try row.value("external_id")
    birthday = try row.value("birthday", as: PostgresDate?.self).map { try CivilDate($0) }
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}

extension Membership {
  init(_ row: PostgresRow) throws {
    groupID = try row.value("group_id")
    memberID = try row.value("member_id")
    name = try row.value("name")
    joinedAt = try row.value("joined_at")
    leftAt = try row.value("left_at")
    source = try row.value("source")
  }
}
