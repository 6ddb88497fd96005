import Foundation
public import Identifiers
public import Postgres

/// People and what they are in an agency.
public struct PersonStore: Sendable {
  private let session: any PostgresSession

  /// Works in the given session of the control database.
  public init(_ session: any PostgresSession) {
    self.session = session
  }

  /// One person; nil when there is none.
  public func person(_ id: ID<Person>) async throws -> Person? {
    try await session.query("select \(Self.columns) from control.people p where p.id = \(id)").first.map(Person.init)
  }

  /// The person with this address, without regard to case.
  public func person(email: String) async throws -> Person? {
    try await session.query("select \(Self.columns) from control.people p where lower(p.email) = lower(\(email))").first
      .map(Person.init)
  }

  /// Makes a person; the one who has the address already where there is one.
  func findOrMake(email: EmailAddress, name: String, language: String, password: String?) async throws -> ID<Person> {
    if let known = try await person(email: email.text) { return known.id }
    let id = ID<Person>()
    let added = try await session.query(
      """
      insert into control.people (id, email, name, language, password, password_set_at)
      values (\(id), \(email.text), \(name), \(language), \(password), case when \(password != nil) then now() end)
      on conflict do nothing
      """)
    if added.affected == 1 { return id }
    guard let known = try await person(email: email.text) else { throw TenancyError.unknownPerson }
    return known.id
  }

  /// Sets what people set of themselves.
  public func edit(_ id: ID<Person>, name: String, language: String, zone: String, ifVersion version: Int) async throws
    -> Bool
  {
    guard DisplayName.isFit(name) else { throw TenancyError.badName }
    return try await session.query(
      """
      update control.people set name = \(name), language = \(language), zone = \(zone), version = version + 1
      where id = \(id) and version = \(version)
      """
    ).affected == 1
  }

  /// The people of an agency, those who left among them, ordered by id.
  ///
  /// - Parameter brands: those with a role in one of these brands or in the whole agency; nil for all.
  public func people(
    of agency: ID<Agency>, brands: [ID<Brand>]? = nil, state: AgencyPerson.State? = nil, after: ID<Person>? = nil,
    limit: Int
  ) async throws -> [AgencyPerson] {
    try await session.query(
      """
      \(Self.inAgency) where a.agency_id = \(agency)
        and (\(state?.rawValue)::text is null or a.state = \(state?.rawValue))
        and (\(after)::uuid is null or p.id > \(after))
        and (\(brands?.map(\.uuid))::uuid[] is null or exists (
          select from control.grants g where g.agency_id = a.agency_id and g.person_id = a.person_id
            and (g.brand_id is null or g.brand_id = any (\(brands?.map(\.uuid))::uuid[]))))
      order by p.id limit \(limit)
      """
    ).map(AgencyPerson.init)
  }

  /// Somebody of an agency; nil when they never were in it.
  public func person(_ id: ID<Person>, in agency: ID<Agency>) async throws -> AgencyPerson? {
    try await session.query("\(Self.inAgency) where a.agency_id = \(agency) and p.id = \(id)").first
      .map(AgencyPerson.init)
  }

  /// Those of the people who belong to an agency now.
  public func active(among people: Set<ID<Person>>, in agency: ID<Agency>) async throws -> Set<ID<Person>> {
    let rows = try await session.query(
      """
      select person_id from control.agency_people
      where agency_id = \(agency) and state = 'active' and person_id = any(\(Array(people)))
      """)
    return Set(try rows.map { try $0.value("person_id") })
  }

  static let columns: SQL =
    "p.id, p.email, p.name, p.language, p.zone, p.totp_since is not null as has_second_factor, p.version, p.created_at"

  private static let inAgency: SQL = """
    select \(columns), a.state, a.joined_at, a.left_at, a.version as agency_version,
      (select max(s.last_seen_at) from control.sessions s
        where s.person_id = p.id and s.agency_id = a.agency_id) as last_seen_at,
      array(select coalesce(g.brand_id::text, '') || ' ' || g.role from control.grants g
        where g.agency_id = a.agency_id and g.person_id = a.person_id order by g.brand_id nulls first) as grants
    from control.agency_people a join control.people p on p.id = a.person_id
    """
}

extension Person {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.value("id"), email: try row.value("email"), name: try row.value("name"),
      language: try row.value("language"), zone: try row.value("zone"),
      hasSecondFactor: try row.value("has_second_factor"), version: try row.value("version"),
      createdAt: try row.value("created_at"))
  }
}

extension AgencyPerson {
  init(_ row: PostgresRow) throws {
    let state: String = try row.value("state")
    person = try Person(row)
    self.state = State(rawValue: state) ?? .left
    grants = try Grant.read(try row.value("grants"))
    version = try row.value("agency_version")
    joinedAt = try row.value("joined_at")
    leftAt = try row.value("left_at")
    lastSeenAt = try row.value("last_seen_at")
  }
}

extension Grant {
  /// Reads `brand role` each, the brand being empty where the role is for the whole agency.
  static func read(_ texts: [String]) throws -> [Grant] {
    try texts.map { text in
      let parts = text.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2, let role = Role(rawValue: String(parts[1])) else { throw TenancyError.unreadableGrant }
      return Grant(role, for: ID<Brand>(parts[0]))
    }
  }
}
