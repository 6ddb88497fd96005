public import Identifiers
public import Postgres

/// Invitations into agencies.
public struct InvitationStore: Sendable {
  private let session: any PostgresSession

  /// Works in the given session of the control database.
  public init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Whom to invite, and to what.
  public struct Draft: Sendable, Hashable {
    let email: EmailAddress
    let name: String
    let language: String
    let grants: [Grant]

    /// A draft. Throws `TenancyError.badName`.
    public init(email: EmailAddress, name: String, language: String, grants: [Grant]) throws {
      guard DisplayName.isFit(name) else { throw TenancyError.badName }
      (self.email, self.name, self.language, self.grants) = (email, name, language, grants)
    }
  }

  /// Invites somebody; an invitation of the same address that is still open is taken back.
  ///
  /// - Returns: the invitation, and the token for its link, which is nowhere else.
  /// - Throws: `AccessError.grantsMoreThanOwn`, `.alreadyThere`, `.limitReached`, `TenancyError.unknownBrand`.
  public func invite(_ draft: Draft, by caller: Caller) async throws -> (Invitation, token: String) {
    guard !draft.grants.isEmpty, draft.grants.allSatisfy(caller.mayGrant) else { throw AccessError.grantsMoreThanOwn }
    return try await invite(draft, to: caller.agency, by: caller.name, inviter: caller.person)
  }

  /// Invites somebody as the deployment's command does, which may give any role.
  public func invite(
    _ draft: Draft, to agency: ID<Agency>, by whom: String, inviter: ID<Person>? = nil
  ) async throws -> (Invitation, token: String) {
    try await GrantStore(session).requireBrands(draft.grants.compactMap(\.brand), of: agency)
    try await requirePlace(for: draft.email, in: agency)
    let secret = Secret(prefix: Invitation.prefix)
    let rows = try await session.query([
      """
      update control.invitations set revoked_at = now()
      where agency_id = \(agency) and lower(email) = lower(\(draft.email.text)) and accepted_at is null
        and revoked_at is null
      """,
      """
      insert into control.invitations
        (id, agency_id, email, name, language, grants, invited_by, inviter_id, digest, expires_at)
      values (\(ID<Invitation>()), \(agency), \(draft.email.text), \(draft.name), \(draft.language),
        \(try JSON(encoding: draft.grants)), \(whom), \(inviter), \(secret.digest),
        now() + \(Invitation.life.seconds) * interval '1 second')
      returning *
      """,
    ])
    guard let row = rows[1].first else { throw TenancyError.unknownAgency(slug: "") }
    return (try Invitation(row), secret.text)
  }

  private func requirePlace(for email: EmailAddress, in agency: ID<Agency>) async throws {
    let rows = try await session.query([
      // Two invitations at once must not both take the last place.
      "select from control.agencies where id = \(agency) for update",
      """
      select people_limit, (
          select count(*) from control.agency_people p where p.agency_id = a.id and p.state = 'active'
        ) + (
          select count(*) from control.invitations i
          where i.agency_id = a.id and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
            and lower(i.email) <> lower(\(email.text))
        ) as taken,
        exists (
          select from control.agency_people m join control.people p on p.id = m.person_id
          where m.agency_id = a.id and m.state = 'active' and lower(p.email) = lower(\(email.text))) as is_there
      from control.agencies a where a.id = \(agency)
      """,
    ])
    guard let row = rows[1].first else { throw TenancyError.unknownAgency(slug: "") }
    if try row.value("is_there", as: Bool.self) { throw AccessError.alreadyThere }
    if let limit = try row.value("people_limit", as: Int?.self), try row.value("taken", as: Int.self) >= limit {
      throw AccessError.limitReached(limit: limit)
    }
  }

  /// Those that are open, the latest first; of one brand's alone where `brands` is given.
  public func open(in agency: ID<Agency>, before id: ID<Invitation>? = nil, limit: Int) async throws -> [Invitation] {
    try await session.query(
      """
      select * from control.invitations where agency_id = \(agency) and accepted_at is null and revoked_at is null
        and expires_at > now() and (\(id)::uuid is null or id < \(id))
      order by id desc limit \(limit)
      """
    ).map(Invitation.init)
  }

  /// One that is open; nil when it is not.
  public func invitation(_ id: ID<Invitation>, in agency: ID<Agency>) async throws -> Invitation? {
    try await session.query(
      """
      select * from control.invitations where agency_id = \(agency) and id = \(id) and accepted_at is null
        and revoked_at is null and expires_at > now()
      """
    ).first.map(Invitation.init)
  }

  /// The open invitation of a link, locked until the transaction ends.
  ///
  /// - Throws: `AccessError.linkInvalid`, also when its inviter has left or may no longer give what it gives.
  public func invitation(token: String) async throws -> Invitation {
    let rows = try await session.query(
      """
      select i.*, i.inviter_id is null or exists (
          select from control.agency_people a
          where a.agency_id = i.agency_id and a.person_id = i.inviter_id and a.state = 'active') as is_good
      from control.invitations i
      where digest = \(Secret.digest(of: token)) and accepted_at is null and revoked_at is null and expires_at > now()
      for update of i
      """)
    guard let row = rows.first, try row.value("is_good", as: Bool.self) else { throw AccessError.linkInvalid }
    return try Invitation(row)
  }

  /// Takes an invitation back; false when it was not open.
  public func revoke(_ id: ID<Invitation>, in agency: ID<Agency>) async throws -> Bool {
    try await session.query(
      """
      update control.invitations set revoked_at = now()
      where agency_id = \(agency) and id = \(id) and accepted_at is null and revoked_at is null
      """
    ).affected == 1
  }

  func accept(_ id: ID<Invitation>) async throws {
    try await session.query("update control.invitations set accepted_at = now() where id = \(id)")
  }
}
