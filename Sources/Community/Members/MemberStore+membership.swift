public import Identifiers
import Postgres
import Tenancy

extension MemberStore {
  /// A member's place in a group. Throws `NotFound` when they never were in it.
  public func membership(of member: ID<Member>, in group: ID<Group>) async throws -> Membership {
    let rows = try await session.query(
      """
      select s.group_id, s.member_id, m.name, s.joined_at, s.left_at, s.source
      from memberships s join members m on m.id = s.member_id
      where s.group_id = \(group) and s.member_id = \(member)
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Membership(row)
  }
}
