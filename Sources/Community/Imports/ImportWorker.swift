public import Foundation
public import Identifiers
public import JobQueue
import Postgres
import Sheets
public import Tenancy

/// What workers do with imports. Each step goes on in batches that are committed one by one under the attempt's epoch, so
/// that an attempt which is cut off is followed by one that goes on where it was.
public struct ImportWorker: Sendable {
  let tenancy: Tenancy

  /// How many rows are one transaction.
  static let batch = 2000

  /// Works over the given tenancy.
  public init(_ tenancy: Tenancy) {
    self.tenancy = tenancy
  }

  /// Looks at a sheet. A sheet that cannot be read makes the import fail, not the attempt.
  public func check(_ id: ID<Import>, of brand: Brand, in attempt: Attempt) async throws {
    try await offTheLoop {
      guard let imported = try await present(id, of: brand, in: .checking) else { return }
      do {
        try await check(imported, of: brand, as: imported.subject.kind, in: attempt)
      } catch SheetError.storage(let errno) {
        throw SheetError.storage(errno: errno)
      } catch let error as SheetError {
        try await fail(id, .check, .sheet(error), of: brand, in: attempt)
      }
    }
  }

  /// Takes the rows of a sheet.
  public func run(_ id: ID<Import>, of brand: Brand, in attempt: Attempt) async throws {
    try await offTheLoop {
      guard let imported = try await present(id, of: brand, in: .running) else { return }
      try await run(imported, of: brand, as: imported.subject.kind, in: attempt)
    }
  }

  /// Takes back what an import has made.
  public func undo(_ id: ID<Import>, of brand: Brand, in attempt: Attempt) async throws {
    guard let imported = try await present(id, of: brand, in: .undoing) else { return }
    try await undo(imported, of: brand, as: imported.subject.kind, in: attempt)
  }

  /// Forgets an import's file and rows. What it made, and how that is undone, stays.
  /// - Returns: when to try again where the import is under way.
  public func forget(_ id: ID<Import>, of brand: Brand) async throws -> Date? {
    try await tenancy.transaction(of: brand) { transaction in
      let rows = try await transaction.query("select state from imports where id = \(id) for update")
      guard let state: Import.State = try rows.first?.state("state") else { return nil }
      guard ![.checking, .running].contains(state) else { return Date(timeIntervalSinceNow: 3600) }
      try await transaction.query([
        "delete from import_chunks where import_id = \(id)", "delete from import_rows where import_id = \(id)",
        "update imports set forgotten_at = now() where id = \(id)",
      ])
      return nil
    }
  }

  /// Marks an import whose step is given up.
  public func abandon(_ id: ID<Import>, _ step: Import.Step, of brand: Brand, in attempt: Attempt) async throws {
    try await fail(id, step, .givenUp, of: brand, in: attempt)
  }

  private func fail(
    _ id: ID<Import>, _ step: Import.Step, _ failure: Import.Failure, of brand: Brand, in attempt: Attempt
  ) async throws {
    try await tenancy.transaction(of: brand) { transaction in
      try await attempt.requireEpoch(in: transaction)
      try await transaction.query(
        """
        update imports set state = 'failed', failed_step = \(step.rawValue), failure = \(JSON(encoding: failure)),
          ended_at = now(), version = version + 1
        where id = \(id) and state in ('checking', 'running', 'undoing')
        """)
    }
  }

  /// Nil when the step is over, which an attempt that was cut off right after it did not hear.
  private func present(_ id: ID<Import>, of brand: Brand, in state: Import.State) async throws -> Import? {
    let imported = try await ImportStore(tenancy.reader(of: brand)).imported(id)
    return imported.state == state ? imported : nil
  }

  /// Reading and understanding rows takes the processor for long stretches, which the loop of the drivers cannot spare.
  private func offTheLoop(_ body: sending () async throws -> Void) async throws {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await body() }
  }
}

extension Attempt {
  /// Says how many rows are done.
  func report(_ done: Int, of expected: Int) async throws {
    try await report("\(done) of \(expected) rows", progress: expected == 0 ? 1 : Double(done) / Double(expected))
  }
}
