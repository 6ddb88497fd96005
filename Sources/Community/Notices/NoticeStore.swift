import Almanac
import Foundation
public import Identifiers
public import Postgres
public import Tenancy

/// The notices on the agencies' side.
public struct NoticeStore: Sendable {
  private let control: PostgresPool

  /// Over the control database.
  public init(_ control: PostgresPool) {
    self.control = control
  }

  /// Somebody who is told, and how.
  private struct Reader {
    let id: ID<Person>
    let name: String
    let zone: Zone
    let settings: NoticeSettings
  }

  /// Tells those whom it concerns, each once. How many were told now.
  @discardableResult
  public func tell(_ notice: NewNotice, of agency: ID<Agency>, brand: ID<Brand>? = nil) async throws -> Int {
    try await control.transaction { transaction in
      let readers = try await self.readers(of: notice, agency, brand, in: transaction)
      guard !readers.isEmpty else { return 0 }
      let now = Date()
      let mails = readers.map { $0.settings.mailDue(notice.kind, at: now, in: $0.zone) }
      let words = try Self.text(of: notice.words)
      let written = try await transaction.query(
        """
        insert into control.notices
          (id, agency_id, person_id, kind, brand_id, subject, subject_id, words, occurrence, mail, mail_due_at)
        select id, \(agency), person_id, \(notice.kind.rawValue), \(brand), \(notice.subject?.kind),
          \(notice.subject?.id), \(words)::text::jsonb, \(notice.occurrence),
          case when mail_due_at is null then 'off' else 'waiting' end, mail_due_at
        from unnest(\(readers.map { _ in ID<Notice>() }), \(readers.map(\.id)), \(mails)) as r (id, person_id, mail_due_at)
        on conflict (agency_id, person_id, occurrence) do nothing
        returning person_id
        """)
      let told = Set(try written.map { try $0.value("person_id", as: ID<Person>.self) })
      let named = readers.filter { told.contains($0.id) && $0.settings.choice(of: notice.kind).robot }
      try await self.post(notice, agency, brand, naming: named, words: words, at: now, in: transaction)
      return told.count
    }
  }

  /// Orders what the robot says, once for all who want it said; when the first of them may be named.
  private func post(
    _ notice: NewNotice, _ agency: ID<Agency>, _ brand: ID<Brand>?, naming readers: [Reader], words: String,
    at now: Date, in transaction: PostgresTransaction
  ) async throws {
    guard !notice.kind.isPersonal,
      let due = readers.map({ $0.settings.robotDue(at: now, in: $0.zone) }).min()
    else { return }
    try await transaction.query(
      """
      insert into control.robot_posts (id, agency_id, kind, brand_id, words, occurrence, names, due_at)
      select \(ID<Notice>()), \(agency), \(notice.kind.rawValue), \(brand), \(words)::text::jsonb, \(notice.occurrence),
        \(readers.map(\.name)), \(due)
      where exists (select from control.internal_robots where agency_id = \(agency))
      on conflict (agency_id, occurrence) do nothing
      """)
  }

  /// Those whom a notice goes to: people of the agency, and of clients where the brand is theirs.
  private func readers(
    of notice: NewNotice, _ agency: ID<Agency>, _ brand: ID<Brand>?, in transaction: PostgresTransaction
  ) async throws -> [Reader] {
    let roles = Role.allCases.filter { role in notice.kind.audience.map { role.permissions.contains($0) } ?? false }
    let chosen: SQL =
      if let people = notice.people {
        "p.id = any(\(people))"
      } else {
        """
        exists (select from control.grants g where g.agency_id = ap.agency_id and g.person_id = p.id
          and g.role = any(\(roles.map(\.rawValue))) and (g.brand_id is null or g.brand_id = \(brand)))
        """
      }
    return try await transaction.query(
      """
      select p.id, p.name, p.zone, s.quiet_from::text as quiet_from, s.quiet_to::text as quiet_to,
        s.digest_at::text as digest_at, s.choices::text as choices, s.version
      from control.agency_people ap
      join control.people p on p.id = ap.person_id
      left join control.notice_settings s on s.person_id = p.id
      where ap.agency_id = \(agency) and ap.state = 'active' and \(chosen)
      order by p.id
      """
    ).map { row in
      Reader(
        id: try row.value("id"), name: try row.value("name"),
        zone: (try? Zone(try row.value("zone"))) ?? .utc, settings: try NoticeSettings(row))
    }
  }

  static func text(of words: [NoticeWord: String]) throws -> String {
    let named = Dictionary(uniqueKeysWithValues: words.map { ($0.key.rawValue, $0.value) })
    return String(decoding: try JSONEncoder().encode(named), as: UTF8.self)
  }

  static func words(_ text: String) throws -> [NoticeWord: String] {
    let named = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    return Dictionary(
      uniqueKeysWithValues: named.compactMap { key, value in NoticeWord(rawValue: key).map { ($0, value) } })
  }
}

/// For the one who reads.
extension NoticeStore {
  /// Somebody's notices in an agency, the newest first; those before `before` only.
  public func notices(
    of person: ID<Person>, in agency: ID<Agency>, unreadOnly: Bool, before: ID<Notice>?, limit: Int
  ) async throws -> Page<Notice> {
    let unread: SQL = unreadOnly ? "and n.read_at is null" : ""
    let earlier: SQL = before.map { "and n.id < \($0)" } ?? ""
    let items = try await control.read(
      """
      select n.id, n.kind, n.brand_id, b.slug, b.name as brand_name, n.subject, n.subject_id, n.words::text as words,
        n.at, n.read_at
      from control.notices n left join control.brands b on b.id = n.brand_id
      where n.agency_id = \(agency) and n.person_id = \(person) \(unread) \(earlier)
      order by n.id desc limit \(limit + 1)
      """
    ).map(Notice.init)
    return Page(items: Array(items.prefix(limit)), hasMore: items.count > limit)
  }

  /// How many somebody has not read.
  public func unread(of person: ID<Person>, in agency: ID<Agency>) async throws -> Int {
    try await control.read(
      """
      select count(*) as notices from control.notices
      where agency_id = \(agency) and person_id = \(person) and read_at is null
      """
    ).first?.value("notices") ?? 0
  }

  /// Throws `NotFound` unless it is a notice to that person.
  public func require(_ id: ID<Notice>, of person: ID<Person>, in agency: ID<Agency>) async throws {
    let found = try await control.read(
      "select from control.notices where id = \(id) and agency_id = \(agency) and person_id = \(person)")
    if found.isEmpty { throw NotFound() }
  }

  /// Notes that somebody has read one, or has not. Throws `NotFound`, also for another's.
  public func mark(_ id: ID<Notice>, read: Bool, of person: ID<Person>, in agency: ID<Agency>) async throws {
    let marked = try await control.transaction { transaction in
      try await transaction.query(
        """
        update control.notices set read_at = case when \(read) then coalesce(read_at, clock_timestamp()) end
        where id = \(id) and agency_id = \(agency) and person_id = \(person)
        """)
    }
    guard marked.affected == 1 else { throw NotFound() }
  }

  /// Notes that somebody has read all up to one. How many they had not.
  public func markAll(upTo last: ID<Notice>, of person: ID<Person>, in agency: ID<Agency>) async throws -> Int {
    try await control.transaction { transaction in
      try await transaction.query(
        """
        update control.notices set read_at = clock_timestamp()
        where agency_id = \(agency) and person_id = \(person) and id <= \(last) and read_at is null
        """
      ).affected
    }
  }

  /// Forgets all that was told of a brand, which is being erased: names of its things stand in it.
  public func forget(_ brand: ID<Brand>) async throws {
    try await control.transaction { transaction in
      _ = try await transaction.query([
        "delete from control.notices where brand_id = \(brand)",
        "delete from control.robot_posts where brand_id = \(brand)",
      ])
    }
  }

  /// Deletes what is older than a number of days.
  func sweep(days: Int) async throws {
    try await control.transaction { transaction in
      _ = try await transaction.query([
        "delete from control.notices where at < now() - \(days) * interval '1 day'",
        "delete from control.robot_posts where at < now() - \(days) * interval '1 day'",
      ])
    }
  }
}

extension Notice {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    kind = NoticeKind(rawValue: try row.value("kind"))
    if let brand = try row.value("brand_id", as: ID<Brand>?.self) {
      self.brand = NoticeBrand(id: brand, slug: try row.value("slug"), name: try row.value("brand_name"))
    } else {
      brand = nil
    }
    if let kind = try row.value("subject", as: String?.self), let id = try row.value("subject_id", as: UUID?.self) {
      subject = NoticeSubject(kind, id)
    } else {
      subject = nil
    }
    words = try NoticeStore.words(try row.value("words"))
    at = try row.value("at")
    readAt = try row.value("read_at")
  }
}
