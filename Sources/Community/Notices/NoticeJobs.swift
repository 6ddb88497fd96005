public import Foundation
public import Identifiers
public import JobQueue
import Postgres
public import Tenancy

/// Tells people of something in a brand.
public struct SendNotice: JobPayload, Hashable {
  /// The kind.
  public static let kind = "notice.send"
  /// Its lane.
  public static let lane = Lane.upkeep

  /// What is told.
  public let notice: NoticeKind
  /// What it is about.
  public let subject: UUID
  /// Whom, where it is told by name.
  public let person: ID<Person>?

  var key: String { "notice \(notice.rawValue) \(subject) \(person.map { "\($0)" } ?? "")" }
}

extension BrandTransaction {
  /// Orders that people are told, once this transaction has committed: notices stand in another database. What they say
  /// is looked up then.
  ///
  /// - Parameter person: whom, for kinds that have no audience.
  public func order(_ notice: NoticeKind, about subject: UUID, to person: ID<Person>? = nil) async throws {
    let work = SendNotice(notice: notice, subject: subject, person: person)
    // Nobody waits for it within seconds: the sweep brings it.
    _ = try await RunStore.enqueue(
      [try NewRun(work, uniqueKey: work.key)], of: ID<Tenant>(brand.id.uuid), in: self)
  }
}

/// Writes the notices that a brand's transactions have ordered.
public struct NoticeSending: Sendable {
  private let tenancy: Tenancy

  /// Sending over the given tenancy.
  public init(_ tenancy: Tenancy) {
    self.tenancy = tenancy
  }

  /// Looks at what it is about and tells those whom it concerns. Doing it again tells nobody twice. Nothing is told of
  /// what is over already.
  public func send(_ work: SendNotice, of brand: Brand) async throws {
    guard let (occurrence, words) = try await facts(of: work, in: tenancy.reader(of: brand, .long)) else { return }
    let notice = NewNotice(
      work.notice, about: NoticeSubject(work.notice.subject, work.subject), occurrence: occurrence, words: words,
      to: work.person.map { [$0] })
    try await NoticeStore(tenancy.control).tell(notice, of: brand.agency, brand: brand.id)
  }

  private func facts(
    of work: SendNotice, in reader: BrandReader
  ) async throws -> (occurrence: String, words: [NoticeWord: String])? {
    let id = work.subject
    let sql: SQL
    switch work.notice {
    case .deliveryUnknown:
      sql = """
        select p.name, count(*)::text as count, null as until, \("\(id)") as occurrence
        from touches t join plans p on p.id = t.plan_id join deliveries d on d.touch_id = t.id and d.state = 'unknown'
        where t.id = \(id) group by p.name
        """
    case .channelPaused:
      sql = """
        select name, null as count, null as until, id || ' ' || version as occurrence
        from channels where id = \(id) and state = 'paused'
        """
    case .channelParked:
      // Once in an hour is enough of a channel whose platform is strict.
      sql = """
        select name, null as count, \(LedgerEvents.utc("parked_until")) as until,
          id || ' ' || to_char(parked_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24') as occurrence
        from channels where id = \(id) and parked_until > now()
        """
    case .webhookDisabled:
      sql = """
        select name, null as count, null as until, id || ' ' || version as occurrence
        from webhooks where id = \(id) and state = 'disabled'
        """
    case .approvalWanted:
      sql = """
        select name, null as count, null as until, id || ' ' || version as occurrence
        from plans where id = \(id) and state <> 'approved'
        """
    case .importFinished, .handedOver, .runQuarantined, .signInFromNewDevice, .keyExpiring:
      return ("\(id)", [:])
    }
    guard let row = try await reader.query(sql).first else { return nil }
    var words: [NoticeWord: String] = [.name: try row.value("name")]
    words[.count] = try row.value("count")
    words[.until] = try row.value("until")
    return (try row.value("occurrence"), words)
  }
}

extension NoticeKind {
  /// What a notice of the kind is about.
  var subject: String {
    switch self {
    case .deliveryUnknown: "touch"
    case .channelPaused, .channelParked: "channel"
    case .runQuarantined: "run"
    case .importFinished: "import"
    case .webhookDisabled: "webhook"
    case .approvalWanted: "plan"
    case .handedOver: "brand"
    case .signInFromNewDevice: "session"
    case .keyExpiring: "key"
    }
  }
}
