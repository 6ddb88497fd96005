import Foundation
import LocalServers
import Postgres
@testable import Tenancy
import TestSupport

/// A folder of migrations that a test writes itself.
struct MigrationFiles {
  let folder: URL

  /// An empty folder, or a copy of the product's own.
  init(copying original: URL? = nil) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "nuanqun-migrations-\(UUID().uuidString)")
    if let original {
      try FileManager.default.copyItem(at: original, to: folder)
    } else {
      for scope in MigrationFolder.Scope.allCases {
        let place = folder.appending(path: scope.rawValue)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      }
    }
  }

  func write(_ name: String, _ sql: String, for scope: MigrationFolder.Scope = .brand) throws {
    try Data(sql.utf8).write(to: place(of: name, scope))
  }

  func delete(_ name: String, for scope: MigrationFolder.Scope = .brand) throws {
    try FileManager.default.removeItem(at: place(of: name, scope))
  }

  func remove() throws {
    try FileManager.default.removeItem(at: folder)
  }

  private func place(of name: String, _ scope: MigrationFolder.Scope) -> URL {
    folder.appending(path: "\(scope.rawValue)/\(name).sql")
  }
}

/// Lends a test a folder of migrations.
func withMigrationFiles(copying original: URL? = nil, _ body: (MigrationFiles) async throws -> Void) async throws {
  let files = try MigrationFiles(copying: original)
  do {
    try await body(files)
  } catch {
    try? files.remove()
    throw error
  }
  try files.remove()
}

/// Lends a test a database in which there is nothing yet, as its owner.
func withEmptyDatabase(_ body: (PostgresPool) async throws -> Void) async throws {
  let name = "empty_" + UUID().uuidString.lowercased().replacing("-", with: "_")
  let postgres = try await TestServers.shared.servers().postgres
  let maker = PostgresPool(try PostgresConfiguration(postgres.url(database: "postgres")), logger: .quiet)
  _ = try await maker.lease { try await $0.query("create database \(identifier: name)") }
  await maker.close()
  let pool = PostgresPool(try PostgresConfiguration(postgres.url(database: name)), logger: .quiet)
  do {
    try await body(pool)
  } catch {
    await pool.close()
    throw error
  }
  await pool.close()
}

extension PostgresPool {
  /// All columns of all tables that are not the server's own, and all schemas: what a migration could have changed.
  func outline() async throws -> [String] {
    try await read(
      """
      select format('%s.%s.%s %s', n.nspname, c.relname, a.attname, a.atttypid::regtype) from pg_namespace n
      left join pg_class c on c.relnamespace = n.oid
      left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1
      """
    ).texts()
  }
}
