public import Identifiers
public import Postgres

/// Who has which role.
public struct GrantStore: Sendable {
  private let session: any PostgresSession

  /// Works in the given session of the control database.
  public init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Makes a person one of an agency, with these roles besides those that they have there.
  func admit(_ person: ID<Person>, to agency: ID<Agency>, _ grants: [Grant], by whom: String) async throws {
    try await session.query(
      """
      insert into control.agency_people as a (agency_id, person_id) values (\(agency), \(person))
      on conflict (agency_id, person_id) do update
        set state = 'active', left_at = null, version = a.version + 1,
          joined_at = case when a.state = 'left' then now() else a.joined_at end
      """)
    try await write(grants, of: person, in: agency, by: whom)
  }

  /// Sets a person's roles in an agency to these.
  ///
  /// - Throws: `AccessError.grantsMoreThanOwn` when the caller lacks what a role that is given or taken holds;
  ///   `AccessError.lastOwner` when no owner would be left; `TenancyError.unknownBrand` for a brand of another agency.
  public func set(
    _ grants: [Grant], of person: ID<Person>, by caller: Caller, ifVersion version: Int
  ) async throws -> Bool {
    let agency = caller.agency
    let touched = try await session.query(
      """
      update control.agency_people set version = version + 1
      where agency_id = \(agency) and person_id = \(person) and version = \(version) and state = 'active'
      """)
    guard touched.affected == 1 else { return false }
    let before = try await self.grants(of: person, in: agency)
    let changed = Set(before).symmetricDifference(grants)
    guard changed.allSatisfy(caller.mayGrant) else { throw AccessError.grantsMoreThanOwn }
    try await requireBrands(grants.compactMap(\.brand), of: agency)
    try await session.query("delete from control.grants where agency_id = \(agency) and person_id = \(person)")
    try await write(grants, of: person, in: agency, by: caller.name)
    try await requireOwner(of: agency)
    return true
  }

  /// A person's roles in an agency.
  public func grants(of person: ID<Person>, in agency: ID<Agency>) async throws -> [Grant] {
    let rows = try await session.query(
      """
      select array(select coalesce(g.brand_id::text, '') || ' ' || g.role from control.grants g
        where g.agency_id = \(agency) and g.person_id = \(person)) as grants
      """)
    return try Grant.read(rows.first?.value("grants") ?? [])
  }

  /// Gives a person these roles besides those that they have, without a look at who gives them: for the deployment's own
  /// commands.
  public func write(_ grants: [Grant], of person: ID<Person>, in agency: ID<Agency>, by whom: String) async throws {
    for grant in grants {
      try await session.query(
        """
        insert into control.grants (id, agency_id, person_id, brand_id, role, granted_by)
        values (\(ID<Grant>()), \(agency), \(person), \(grant.brand), \(grant.role.rawValue), \(whom))
        on conflict (agency_id, person_id, brand_id) do update set role = excluded.role, granted_by = excluded.granted_by,
          granted_at = now()
        """)
    }
  }

  /// Throws `TenancyError.unknownBrand` unless all are brands of the agency.
  func requireBrands(_ brands: [ID<Brand>], of agency: ID<Agency>) async throws {
    guard !brands.isEmpty else { return }
    let found = try await session.query(
      """
      select count(*) as brands from control.brands
      where agency_id = \(agency) and id = any (\(brands.map(\.uuid))) and state in ('ready', 'archived')
      """)
    guard try found.first?.value("brands", as: Int.self) == Set(brands).count else { throw TenancyError.unknownBrand }
  }

  /// Throws `AccessError.lastOwner` where nobody owns the agency any more. Two who step down at once wait for each other.
  func requireOwner(of agency: ID<Agency>) async throws {
    let owners = try await session.query([
      "select from control.agencies where id = \(agency) for update",
      """
      select count(*) as owners from control.grants g
      join control.agency_people a on a.agency_id = g.agency_id and a.person_id = g.person_id
      where g.agency_id = \(agency) and g.brand_id is null and g.role = 'owner' and a.state = 'active'
      """,
    ])
    guard try owners[1].first?.value("owners", as: Int.self) ?? 0 > 0 else { throw AccessError.lastOwner }
  }
}
