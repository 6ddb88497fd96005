public import Foundation
public import Postgres

/// Why a cell is closed.
public enum CellClosing: String, Sendable, Hashable, Codable, CaseIterable {
  /// Postgres was restored to a point in time, or a standby was promoted.
  case otherTimeline = "other_timeline"
  /// The data came to another server, from a dump.
  case otherServer = "other_server"
  /// Postgres has forgotten starts that workers remember: an older copy of its files was put back.
  case rewound
  /// A person closed it.
  case person
}

/// Whether a cell may work, and since when.
public struct CellStatus: Sendable, Hashable {
  /// Why it is closed; nil when it is open.
  public let closing: CellClosing?
  /// Since when; nil when it is open, and where nobody has noted yet that it is not.
  public let closedAt: Date?
  /// When it was opened last.
  public let openedAt: Date
  /// Who opened it; nil for the migrations that made it.
  public let openedBy: String?
  /// The opening that is under way.
  public let opening: CellOpeningSpan?

  /// Whether runs are started and touches fire.
  public var isOpen: Bool { closing == nil }
}

/// What an opening has to be careful about.
public struct CellOpeningSpan: Sendable, Hashable {
  /// When the opening began.
  public let begunAt: Date
  /// Nothing that was committed up to here is forgotten.
  public let provenUntil: Date
  /// Up to here others may have worked on a history that is lost.
  public let lostUntil: Date

  /// Whether anything can be lost at all. After a promotion of a synchronous standby nothing is.
  public var hasLoss: Bool { lostUntil > provenUntil }
}

/// The life of a cell: whether it may work on the Postgres that it finds.
///
/// A restored, rewound or newly promoted Postgres may have forgotten claims. A cell that stands on one is closed: nothing
/// is started, claimed or fired, until a person opens it and by that settles what may have been sent as unknown.
public struct CellLife: Sendable {
  let pool: PostgresPool

  /// Looks with anybody's connections; whatever changes something needs those of the owner.
  public init(_ pool: PostgresPool) {
    self.pool = pool
  }

  /// How it stands.
  public func status() async throws -> CellStatus {
    try await Self.status(in: pool)
  }

  /// Whether runs are started.
  public func isOpen() async throws -> Bool {
    try await pool.read("select ops.is_open() as open").first?.value("open") ?? false
  }

  /// Closes the cell, as whoever is about to put back a copy of the data by hand should. False when it was closed.
  @discardableResult
  public func close(by who: String) async throws -> Bool {
    try await pool.transaction { transaction in
      let closed = try await transaction.query(
        """
        update ops.life set closed_at = clock_timestamp(), closed_because = 'person' where closed_at is null
        """)
      guard closed.affected == 1 else { return false }
      try await transaction.query(
        """
        insert into ops.audit (by_whom, act, subject, detail)
        values (\(who), 'close cell', 'cell', '{"because": "person"}')
        """)
      return true
    }
  }

  private static func status(in pool: PostgresPool) async throws -> CellStatus {
    let rows = try await pool.read(
      """
      select coalesce(closed_because, case when not ops.is_open() then 'other_timeline' end) as because,
        closed_at, opened_at, opened_by, opening_at, proven_until, lost_until
      from ops.life
      """)
    guard let row = rows.first else { throw RunStoreError.noLife }
    let because: String? = try row.value("because")
    return CellStatus(
      closing: because.map { CellClosing(rawValue: $0) ?? .person }, closedAt: try row.value("closed_at"),
      openedAt: try row.value("opened_at"), openedBy: try row.value("opened_by"), opening: try CellOpeningSpan(row))
  }
}

extension CellOpeningSpan {
  /// Nil when no opening is under way.
  init?(_ row: PostgresRow) throws {
    guard let begun: Date = try row.value("opening_at") else { return nil }
    self.init(begunAt: begun, provenUntil: try row.value("proven_until"), lostUntil: try row.value("lost_until"))
  }
}

extension RunStore {
  /// Closes the cell where Postgres went back behind what is known. Why it is closed; nil when it is open.
  func examine(after beat: Int, by worker: String) async throws -> CellClosing? {
    try await pool.transaction { transaction in
      try await transaction.query("select ops.examine(\(beat), \(worker)) as because")
        .first?.value("because", as: String?.self)
    }.map { CellClosing(rawValue: $0) ?? .person }
  }
}

extension PostgresError {
  /// The cell is closed, or Postgres went back: raised by `ops.beat` and `ops.require_open`.
  public var isCellClosed: Bool { sqlState == "NQ002" }
}
