import Foundation
import Postgres

/// Brings one schema up to date, one transaction for each file: a file that fails leaves the schema as it was, and the
/// next call goes on from there.
struct SchemaMigrator: Sendable {
  let pool: PostgresPool
  let schema: String
  let folder: MigrationFolder
  /// What the files read with `current_setting`: names that SQL cannot take as parameters.
  let variables: [(name: String, value: String)]

  /// The files that are not applied yet. Throws `MigrationError` when an applied one has changed or is not known here.
  func pending() async throws -> [Migration] {
    let exists = try await pool.read("select to_regclass(\("\(schema).migrations")) is not null as found")
    guard try exists.first?.value("found", as: Bool.self) == true else { return folder.migrations }
    let applied = try await pool.read("select name, checksum from \(identifier: schema).migrations order by name")
    return try Self.pending(
      of: folder.migrations, schema: schema,
      applied: applied.map { try $0.decode(String.self, Data.self) })
  }

  /// Pure: what is left of the files, given what the ledger holds.
  static func pending(of migrations: [Migration], schema: String, applied: [(String, Data)]) throws -> [Migration] {
    let known = Dictionary(uniqueKeysWithValues: migrations.map { ($0.name, $0.checksum) })
    for (name, checksum) in applied {
      guard let ours = known[name] else { throw MigrationError.unknown(schema: schema, name: name) }
      guard ours == checksum else { throw MigrationError.changed(schema: schema, name: name) }
    }
    let done = Set(applied.map(\.0))
    return migrations.filter { !done.contains($0.name) }
  }

  /// Applies what is pending and returns the names of the files that this call applied.
  func migrate() async throws -> [String] {
    var names: [String] = []
    for migration in try await pending() where try await apply(migration) {
      names.append(migration.name)
    }
    return names
  }

  private func apply(_ migration: Migration) async throws -> Bool {
    do {
      return try await pool.transaction(opening: preparation) { transaction in
        let known = try await transaction.query(
          "select from \(identifier: schema).migrations where name = \(migration.name)")
        guard known.isEmpty else { return false }
        try await transaction.query(SQL(verbatim: migration.sql))
        try await transaction.query(
          """
          insert into \(identifier: schema).migrations (name, checksum)
          values (\(migration.name), \(migration.checksum))
          """)
        return true
      }
    } catch let error as PostgresError {
      throw MigrationError.failed(schema: schema, name: migration.name, reason: "\(error)")
    }
  }

  /// Locks the schema against another migrator, then makes the ledger. A lock that does not come within ten seconds
  /// fails the file: behind a waiting ALTER TABLE every reader of the table would queue.
  private var preparation: [SQL] {
    [
      "select pg_advisory_xact_lock(hashtextextended(\("nuanqun migrations of \(schema)"), 0))",
      "select set_config('lock_timeout', '10s', true), set_config('search_path', \(schema), true)",
      "create schema if not exists \(identifier: schema)",
      """
      create table if not exists \(identifier: schema).migrations (
        name text primary key, checksum bytea not null, applied_at timestamptz not null default now())
      """,
    ] + variables.map { "select set_config(\($0.name), \($0.value), true)" }
  }
}
