import Foundation
import Identifiers
import Postgres
public import Tenancy

/// Finds what nobody's transaction tells: runs that the engine has put aside, and keys that are about to expire.
public struct NoticeWatch: Sendable {
  private let tenancy: Tenancy

  /// Watches over the given tenancy.
  public init(_ tenancy: Tenancy) {
    self.tenancy = tenancy
  }

  private static let keyWarning: TimeInterval = 7 * 86_400
  private static let retention = 180
  /// Of runs that were put aside longer ago somebody has been told.
  private static let recent: TimeInterval = 3_600
  private static let batch = 200

  /// Looks once. Doing it again tells nobody twice.
  public func look() async throws {
    try await tellOfRuns()
    try await tellOfKeys()
  }

  /// Deletes old notices.
  public func sweep() async throws {
    try await NoticeStore(tenancy.control).sweep(days: Self.retention)
  }

  private func tellOfRuns() async throws {
    let store = NoticeStore(tenancy.control)
    for name in tenancy.cells.names {
      let rows = try await tenancy.cells.pool(of: name).read(
        """
        select id, brand_id, kind from ops.runs
        where state in ('dead', 'quarantined', 'cancelled') and state = 'quarantined'
          and ended_at > clock_timestamp() - \(Self.recent) * interval '1 second'
        order by id limit \(Self.batch)
        """)
      for row in rows {
        guard let brand = try await tenancy.brand(try row.value("brand_id", as: ID<Brand>.self)) else { continue }
        let run = try row.value("id", as: UUID.self)
        let notice = NewNotice(
          .runQuarantined, about: NoticeSubject("run", run), occurrence: "\(run)",
          words: [.name: try row.value("kind")])
        try await store.tell(notice, of: brand.agency, brand: brand.id)
      }
    }
  }

  private func tellOfKeys() async throws {
    let rows = try await tenancy.control.read(
      """
      select id, agency_id, name, \(LedgerEvents.utc("expires_at")) as until from control.api_keys
      where revoked_at is null and expires_at > now() and expires_at < now() + \(Self.keyWarning) * interval '1 second'
      """)
    for row in rows {
      let key = try row.value("id", as: UUID.self)
      let notice = NewNotice(
        .keyExpiring, about: NoticeSubject("key", key), occurrence: "\(key)",
        words: [.name: try row.value("name"), .until: try row.value("until")])
      try await NoticeStore(tenancy.control).tell(notice, of: try row.value("agency_id"))
    }
  }
}
