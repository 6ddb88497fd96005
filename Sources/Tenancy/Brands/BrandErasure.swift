public import Foundation
public import Postgres

/// Erases brands: their key is destroyed, their schema and role are dropped, and what is left is the proof. Needs the
/// owner's connections.
public struct BrandErasure: Sendable {
  private let control: PostgresPool
  private let cells: [String: PostgresPool]
  private let backupDays: Int

  /// - Parameters:
  ///   - control: the owner's pool of the control database, which must be direct.
  ///   - backupDays: for how many days backups are kept: until then they hold the sealed data, and its key.
  public init(control: PostgresPool, cells: [String: PostgresPool], backupDays: Int) {
    self.control = control
    self.cells = cells
    self.backupDays = backupDays
  }

  /// Erases a brand for good. An erasure that was cut off goes on when it is called again.
  ///
  /// The key goes first: from that commit on nobody reads what is sealed, whatever becomes of the rest.
  ///
  /// - Parameter text: what the person has typed; it has to be the brand's short name.
  /// - Returns: when the last backup that holds the brand is gone.
  /// - Throws: `TenancyError.badSlug` when something else was typed.
  public func erase(_ brand: Brand, confirmedBy text: String, by actor: Actor, now: Date = Date()) async throws -> Date
  {
    guard text == brand.slug else { throw TenancyError.badSlug(text) }
    let gone = now.addingTimeInterval(TimeInterval(backupDays) * 86_400)
    try await destroyKey(of: brand, lastBackup: gone, by: actor)
    guard let pool = cells[brand.cell] else { throw TenancyError.cellNotConfigured(name: brand.cell) }
    try await drop(brand, in: pool)
    return gone
  }

  private func destroyKey(of brand: Brand, lastBackup: Date, by actor: Actor) async throws {
    try await control.transaction { transaction in
      let erased = try await transaction.query(
        """
        update control.brands set state = 'erased', erased_at = now(), wrapped_key = '', version = version + 1
        where id = \(brand.id) and state in ('ready', 'archived')
        """)
      try await transaction.query([
        "delete from control.grants where brand_id = \(brand.id)",
        "update control.api_keys set revoked_at = now() where brand_id = \(brand.id) and revoked_at is null",
        "delete from control.channel_accounts where brand_id = \(brand.id)",
      ])
      guard erased.affected == 1 else { return }
      try await ActStore(transaction).note(
        Act(
          "brand.erased", Act.Subject("brand", id: "\(brand.id)", name: brand.name), brand: brand.id,
          after: try JSON(encoding: ["last_backup_expires": lastBackup.formatted(.iso8601)])),
        by: actor, in: brand.agency)
    }
  }

  /// Runs that go on find no brand any more, and end.
  private func drop(_ brand: Brand, in pool: PostgresPool) async throws {
    try await pool.transaction { transaction in
      let role = try await transaction.query("select from pg_roles where rolname = \(brand.role)")
      try await transaction.query([
        "drop schema if exists \(identifier: brand.schema) cascade",
        "delete from ops.alarms where brand_id = \(brand.id)",
        "delete from ops.schedules where brand_id = \(brand.id)",
        "delete from ops.run_keys where brand_id = \(brand.id)",
        "delete from ops.runs where brand_id = \(brand.id)",
        "delete from ops.batches where brand_id = \(brand.id)",
        "delete from ops.tenants where brand_id = \(brand.id)",
      ])
      guard !role.isEmpty else { return }
      try await transaction.query([
        "drop owned by \(identifier: brand.role)",
        "drop role \(identifier: brand.role)",
      ])
    }
  }
}
