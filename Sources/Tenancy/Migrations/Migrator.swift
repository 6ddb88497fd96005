public import Foundation
public import Logging
public import Postgres

/// Brings all schemas of a deployment up to date: the agencies' side, each cell, then the brands, several at a time.
public struct Migrator: Sendable {
  private let control: PostgresPool
  private let cells: [String: PostgresPool]
  private let login: String
  private let folder: URL
  private let logger: Logger

  /// A migrator over the owner's connections, which must be direct, not through a pooler.
  ///
  /// - Parameters:
  ///   - login: the role as which the application connects; it is made when it is missing.
  ///   - folder: where `control`, `cell` and `brand` lie.
  public init(control: PostgresPool, cells: [String: PostgresPool], login: String, folder: URL, logger: Logger) {
    self.control = control
    self.cells = cells
    self.login = login
    self.folder = folder
    self.logger = logger
  }

  /// What a call would apply, or did: the files by schema, in order.
  public struct Step: Sendable, Hashable, Codable {
    /// The schema.
    public let schema: String
    /// The files' names.
    public let files: [String]
  }

  /// How many brands are migrated at the same time: each holds one connection, and the server has other work.
  private static let width = 8

  /// Applies all that is pending; `dryRun` only lists it. A brand that fails does not hold up the others.
  ///
  /// Throws `MigrationError` for all that failed; what was applied stays.
  public func run(dryRun: Bool = false) async throws -> [Step] {
    var steps = [try await step(migrator(schema: "control", .control, pool: control), dryRun: dryRun)]
    for (cell, pool) in cells.sorted(by: { $0.key < $1.key }) {
      steps.append(try await step(migrator(schema: "ops", .cell, pool: pool), dryRun: dryRun))
      if !dryRun { try await register(cell) }
    }
    let isNew = dryRun && steps[0].files.contains { $0.hasPrefix("0001") }
    for (cell, pool) in cells.sorted(by: { $0.key < $1.key }) where !isNew {
      let brands = try await BrandStore(control).all(in: cell)
      let migrators = try brands.map { try migrator(of: $0, pool: pool) }
      steps += try await migrate(migrators, dryRun: dryRun)
    }
    return steps.filter { !$0.files.isEmpty }
  }

  func migrator(of brand: Brand, pool: PostgresPool) throws -> SchemaMigrator {
    SchemaMigrator(
      pool: pool, schema: brand.schema, folder: try MigrationFolder(.brand, in: folder),
      variables: [("nuanqun.login", login), ("nuanqun.brand_role", brand.role)])
  }

  private func migrator(schema: String, _ scope: MigrationFolder.Scope, pool: PostgresPool) throws -> SchemaMigrator {
    SchemaMigrator(
      pool: pool, schema: schema, folder: try MigrationFolder(scope, in: folder),
      variables: [("nuanqun.login", login)])
  }

  private func register(_ cell: String) async throws {
    try await control.transaction { transaction in
      _ = try await transaction.query(
        "insert into control.cells (name) values (\(cell)) on conflict do nothing")
    }
  }

  private func migrate(_ migrators: [SchemaMigrator], dryRun: Bool) async throws -> [Step] {
    let results = try await withThrowingTaskGroup(of: Result<Step, MigrationError>.self) { group in
      var results: [Result<Step, MigrationError>] = []
      for (index, migrator) in migrators.enumerated() {
        if index >= Self.width, let result = try await group.next() { results.append(result) }
        group.addTask {
          do {
            return .success(try await step(migrator, dryRun: dryRun))
          } catch let error as MigrationError {
            return .failure(error)
          }
        }
      }
      for try await result in group { results.append(result) }
      return results
    }
    let errors = results.compactMap { if case .failure(let error) = $0 { error } else { nil } }
    guard errors.isEmpty else {
      throw errors.count == 1 ? errors[0] : .several(errors.sorted { $0.description < $1.description })
    }
    return try results.map { try $0.get() }.sorted { $0.schema < $1.schema }
  }

  private func step(_ migrator: SchemaMigrator, dryRun: Bool) async throws -> Step {
    let files = dryRun ? try await migrator.pending().map(\.name) : try await migrator.migrate()
    for file in files where !dryRun {
      logger.info("migrated", metadata: ["schema": "\(migrator.schema)", "file": "\(file)"])
    }
    return Step(schema: migrator.schema, files: files)
  }
}
