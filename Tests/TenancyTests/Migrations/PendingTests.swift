import Foundation
@testable import Tenancy
import Testing

/// What is left to do, given the files and the ledger: a pure function.
@Suite struct PendingTests {
  private static let files = ["0001_a", "0002_b", "0003_c"].map { Migration(name: $0, sql: "select '\($0)'") }

  private func pending(_ applied: [(String, Data)]) throws -> [String] {
    try SchemaMigrator.pending(of: Self.files, schema: "s", applied: applied).map(\.name)
  }

  private func entry(_ index: Int) -> (String, Data) {
    (Self.files[index].name, Self.files[index].checksum)
  }

  @Test func whatTheLedgerDoesNotHoldIsPending() throws {
    #expect(try pending([]) == ["0001_a", "0002_b", "0003_c"])
    #expect(try pending([entry(0)]) == ["0002_b", "0003_c"])
    #expect(try pending([entry(0), entry(1), entry(2)]) == [])
    // Two branches that were merged: the one that came late is applied late.
    #expect(try pending([entry(2), entry(0)]) == ["0002_b"])
  }

  @Test func aFileThatWasChangedIsRefused() {
    #expect(throws: MigrationError.changed(schema: "s", name: "0001_a")) {
      try pending([("0001_a", Migration(name: "0001_a", sql: "select 'other'").checksum)])
    }
  }

  @Test func aFileThatIsNotKnownIsRefused() {
    #expect(throws: MigrationError.unknown(schema: "s", name: "0004_d")) {
      try pending([entry(0), ("0004_d", Data())])
    }
  }

  @Test func errorsNameSchemaAndFile() {
    let errors: [MigrationError] = [
      .changed(schema: "the_schema", name: "0007_file"), .unknown(schema: "the_schema", name: "0007_file"),
      .failed(schema: "the_schema", name: "0007_file", reason: "why"),
    ]
    for error in errors {
      #expect(error.description.contains("the_schema"))
      #expect(error.description.contains("0007_file"))
    }
  }
}
