import Foundation
public import Identifiers
public import Postgres

/// The sessions of people, kept by the server: each can be listed and ended.
public struct SessionStore: Sendable {
  /// What a session's token begins with.
  public static let prefix = "nqs_"

  private let session: any PostgresSession
  private let life: SessionLife

  /// Works in the given session of the control database.
  public init(_ session: any PostgresSession, life: SessionLife = SessionLife()) {
    self.session = session
    self.life = life
  }

  /// Begins a session and returns its token, which is in the answer and nowhere else.
  func begin(
    of person: ID<Person>, agency: ID<Agency>?, awaitsCode: Bool, from origin: Origin
  ) async throws -> (token: String, id: ID<Session>) {
    let (secret, id) = (Secret(prefix: Self.prefix), ID<Session>())
    let ends = awaitsCode ? life.halfway : life.whole
    try await session.query(
      """
      insert into control.sessions (id, person_id, agency_id, digest, awaits_code, address, user_agent, expires_at)
      values (\(id), \(person), \(agency), \(secret.digest), \(awaitsCode), \(origin.address), \(origin.userAgent),
        now() + \(ends.seconds) * interval '1 second')
      """)
    return (secret.text, id)
  }

  /// The session of a token; nil when it is unknown or over, or its person has left the agency.
  public func record(of token: String) async throws -> SessionRecord? {
    guard token.hasPrefix(Self.prefix), token.utf8.count < 100 else { return nil }
    let digest = Secret.digest(of: token)
    return try await session.query(
      """
      select s.id, s.person_id, p.name, s.agency_id, s.awaits_code, s.proven_at,
        s.digest = \(digest) and s.rotated_at < now() - \(life.rotation.seconds) * interval '1 second' as is_to_rotate,
        array(select coalesce(g.brand_id::text, '') || ' ' || g.role from control.grants g
          where g.agency_id = s.agency_id and g.person_id = s.person_id) as grants
      from control.sessions s join control.people p on p.id = s.person_id
      where (s.digest = \(digest) or (s.previous_digest = \(digest)
          and s.rotated_at > now() - \(life.overlap.seconds) * interval '1 second'))
        and s.ended_at is null and s.expires_at > now()
        and s.last_seen_at > now() - \(life.idle.seconds) * interval '1 second'
        and (s.agency_id is null or exists (
          select from control.agency_people a
          where a.agency_id = s.agency_id and a.person_id = s.person_id and a.state = 'active'))
      """
    ).first.map(SessionRecord.init)
  }

  /// Notes that a session is in use, at most once a minute.
  public func noteUse(of id: ID<Session>, from origin: Origin) async throws {
    try await session.query(
      """
      update control.sessions set last_seen_at = now(), address = \(origin.address)
      where id = \(id) and last_seen_at < now() - interval '1 minute'
      """)
  }

  /// Changes the token; nil where another request has just done so, and the old one still holds for a moment.
  public func rotate(_ id: ID<Session>) async throws -> String? {
    let secret = Secret(prefix: Self.prefix)
    let changed = try await session.query(
      """
      update control.sessions set previous_digest = digest, digest = \(secret.digest), rotated_at = now()
      where id = \(id) and ended_at is null and rotated_at < now() - \(life.rotation.seconds) * interval '1 second'
      """)
    return changed.affected == 1 ? secret.text : nil
  }

  /// Changes the token at once, since what the session may do has changed: the one before is worth nothing.
  func renew(_ id: ID<Session>, agency: ID<Agency>?, awaitsCode: Bool) async throws -> String {
    let secret = Secret(prefix: Self.prefix)
    try await session.query(
      """
      update control.sessions set previous_digest = null, digest = \(secret.digest), rotated_at = now(),
        agency_id = \(agency), proven_at = now(), expires_at = case when awaits_code and not \(awaitsCode)
          then now() + \(life.whole.seconds) * interval '1 second' else expires_at end, awaits_code = \(awaitsCode)
      where id = \(id) and ended_at is null
      """)
    return secret.text
  }

  /// A person's sessions that go on, the latest first.
  public func sessions(of person: ID<Person>) async throws -> [Session] {
    try await session.query(
      """
      select id, address, user_agent, created_at, last_seen_at, expires_at from control.sessions
      where person_id = \(person) and ended_at is null and not awaits_code and expires_at > now()
        and last_seen_at > now() - \(life.idle.seconds) * interval '1 second'
      order by last_seen_at desc limit 100
      """
    ).map(Session.init)
  }

  /// Ends one session of a person; false when there is none that goes on.
  @discardableResult
  public func end(_ id: ID<Session>, of person: ID<Person>) async throws -> Bool {
    try await session.query(
      """
      update control.sessions set ended_at = now() where id = \(id) and person_id = \(person) and ended_at is null
      """
    ).affected == 1
  }

  /// Ends all sessions of a person, or all but one.
  @discardableResult
  public func endAll(of person: ID<Person>, but kept: ID<Session>? = nil, in agency: ID<Agency>? = nil) async throws
    -> Int
  {
    try await session.query(
      """
      update control.sessions set ended_at = now()
      where person_id = \(person) and ended_at is null and (\(kept)::uuid is null or id <> \(kept))
        and (\(agency)::uuid is null or agency_id = \(agency))
      """
    ).affected
  }

  /// Forgets sessions that were over a month ago, and other things that have had their time.
  public func sweep() async throws {
    try await session.query([
      "delete from control.sessions where coalesce(ended_at, expires_at) < now() - interval '30 days'",
      "delete from control.password_resets where expires_at < now() - interval '30 days'",
      "delete from control.attempt_gates where last_at < now() - interval '2 days' and shut_until < now()",
      "delete from control.known_devices where last_used_at < now() - interval '180 days'",
    ])
  }
}

extension Duration {
  /// In seconds, for an interval of Postgres.
  var seconds: Double { self / .seconds(1) }
}

extension Session {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.value("id"), address: try row.value("address"), userAgent: try row.value("user_agent"),
      createdAt: try row.value("created_at"), lastSeenAt: try row.value("last_seen_at"),
      expiresAt: try row.value("expires_at"))
  }
}

extension SessionRecord {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    person = try row.value("person_id")
    name = try row.value("name")
    agency = try row.value("agency_id")
    grants = try Grant.read(try row.value("grants"))
    awaitsCode = try row.value("awaits_code")
    provenAt = try row.value("proven_at")
    isToRotate = try row.value("is_to_rotate")
  }
}
