public import Identifiers
import Foundation
import Postgres
import Tenancy

extension MemberStore {
  static let membershipColumns: SQL = """
    s.group_id, s.member_id, m.name, s.joined_at, s.left_at, s.source, s.invited_by_id, s.trusted
    """

  /// A member's place in a group. Throws `NotFound` when they never were in it.
  public func membership(of member: ID<Member>, in group: ID<Group>) async throws -> Membership {
    let rows = try await session.query(
      """
      select \(Self.membershipColumns) from memberships s join members m on m.id = s.member_id
      where s.group_id = \(group) and s.member_id = \(member)
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Membership(row)
  }

  /// The places in a group by member: those of all who ever were in it, or of those who are in it, or who left; of all of
  /// these, or of whom the team can rely on.
  public func memberships(
    of group: ID<Group>, present: Bool? = nil, trusted: Bool? = nil, _ request: PageRequest
  ) async throws -> Page<Membership> {
    let rows = try await session.query(
      """
      select \(Self.membershipColumns) from memberships s join members m on m.id = s.member_id
      where s.group_id = \(group) and s.member_id > \(request.place)
        and (\(present)::boolean is null or (s.left_at is null) = \(present))
        and (\(trusted)::boolean is null or s.trusted = \(trusted))
      order by s.member_id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Membership.init))
  }

  /// All the time that a member spent in groups, the latest first.
  public func stays(of member: ID<Member>) async throws -> [Stay] {
    try await session.query(
      """
      select s.group_id, g.name as group_name, s.joined_at, s.left_at, s.source, s.invited_by_id
      from (
        select group_id, joined_at, left_at, source, invited_by_id, null::uuid as id
        from memberships where member_id = \(member)
        union all
        select group_id, joined_at, left_at, source, invited_by_id, id from past_memberships where member_id = \(member)
      ) s join groups g on g.id = s.group_id
      order by s.left_at desc nulls first, s.joined_at desc nulls last, s.id desc nulls first, s.group_id
      """
    ).map(Stay.init)
  }

  /// Puts a member into a group; one who had left is back, and the earlier stay is kept. Said again of one who is in it,
  /// it only changes what it says. Throws `NotFound` when either is not there.
  public func join(_ member: ID<Member>, to group: ID<Group>, _ draft: MembershipDraft = .init()) async throws {
    try draft.validate()
    guard draft.invitedByID != member else { throw InvalidInput("/invited_by_id", .unknownValue) }
    do {
      try await session.query(Self.keepingPastStays([group], [member]))
      try await session.query(
        """
        insert into memberships as s (group_id, member_id, joined_at, source, invited_by_id, trusted)
        values (\(group), \(member), \(draft.joinedAt), \(draft.source), \(draft.invitedByID),
          \(draft.trusted ?? false))
        on conflict (group_id, member_id) do update set left_at = null,
          joined_at = case when s.left_at is null then coalesce(excluded.joined_at, s.joined_at)
            else coalesce(excluded.joined_at, now()) end,
          source = case when s.left_at is null then coalesce(excluded.source, s.source) else excluded.source end,
          invited_by_id = case when s.left_at is null then coalesce(excluded.invited_by_id, s.invited_by_id)
            else excluded.invited_by_id end,
          trusted = coalesce(\(draft.trusted), s.trusted)
        """)
    } catch let error as PostgresError where error.isForeignKeyViolation {
      if error.constraint == "memberships_invited_by_id_fkey" {
        throw InvalidInput("/invited_by_id", .unknownReference)
      }
      throw NotFound()
    }
  }

  /// Notes that a member left a group. Throws `NotFound` when they are not in it.
  public func leave(_ member: ID<Member>, from group: ID<Group>) async throws {
    let updated = try await session.query(
      """
      update memberships set left_at = now(), trusted = false
      where group_id = \(group) and member_id = \(member) and left_at is null
      """)
    guard updated.affected == 1 else { throw NotFound() }
  }

  /// Keeps the stays that ended of those who are about to come back. To be run before they do, in their transaction.
  static func keepingPastStays(_ groups: [ID<Group>], _ members: [ID<Member>]) -> SQL {
    """
    with ended as (
      select s.group_id, s.member_id, s.joined_at, s.left_at, s.source, s.invited_by_id
      from unnest(\(groups), \(members)) as r (group_id, member_id)
      join memberships s on s.group_id = r.group_id and s.member_id = r.member_id
      where s.left_at is not null
      order by s.group_id, s.member_id for update of s
    )
    insert into past_memberships (id, group_id, member_id, joined_at, left_at, source, invited_by_id)
    select gen_random_uuid(), group_id, member_id, joined_at, left_at, source, invited_by_id from ended
    """
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
    invitedByID = try row.value("invited_by_id")
    trusted = try row.value("trusted")
  }
}

extension Stay {
  init(_ row: PostgresRow) throws {
    groupID = try row.value("group_id")
    groupName = try row.value("group_name")
    joinedAt = try row.value("joined_at")
    leftAt = try row.value("left_at")
    source = try row.value("source")
    invitedByID = try row.value("invited_by_id")
  }
}
