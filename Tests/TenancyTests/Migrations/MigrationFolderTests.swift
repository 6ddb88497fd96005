import Foundation
@testable import Tenancy
import TestSupport
import Testing

@Suite struct MigrationFolderTests {
  @Test func filesComeInTheOrderOfTheirNumbers() async throws {
    try await withMigrationFiles { files in
      try files.write("0010_third", "select 3")
      try files.write("0002_second", "select 2")
      try files.write("0001_first", "select 1")
      try Data().write(to: files.folder.appending(path: "brand/README.md"))
      let folder = try MigrationFolder(.brand, in: files.folder)
      #expect(folder.migrations.map(\.name) == ["0001_first", "0002_second", "0010_third"])
      #expect(folder.migrations.map(\.sql) == ["select 1", "select 2", "select 3"])
      #expect(folder.scope == .brand)
    }
  }

  @Test(arguments: ["0001_again", "1_short", "00002_long", "first", "abcd_letters", "+001_sign"])
  func aNumberThatIsRepeatedOrIsNoneIsRefused(name: String) async throws {
    try await withMigrationFiles { files in
      try files.write("0001_first", "select 1")
      try files.write(name, "select 2")
      #expect(throws: MigrationError.badNumbers(folder: files.folder.appending(path: "brand").path)) {
        try MigrationFolder(.brand, in: files.folder)
      }
      // The other folders are read on their own.
      #expect(try MigrationFolder(.cell, in: files.folder).migrations.isEmpty)
    }
  }

  @Test func aFolderThatIsNotThereIsNamed() throws {
    let nowhere = FileManager.default.temporaryDirectory.appending(path: "nuanqun-nowhere-\(UUID().uuidString)")
    let error = #expect(throws: MigrationError.unreadable(folder: nowhere.appending(path: "control").path)) {
      try MigrationFolder(.control, in: nowhere)
    }
    #expect(error?.description.contains("NUANQUN_MIGRATIONS") == true)
  }

  @Test func aFileThatIsNoTextIsNamed() async throws {
    try await withMigrationFiles { files in
      let broken = files.folder.appending(path: "brand/0001_broken.sql")
      try Data([0x73, 0xFF, 0xFE, 0x00]).write(to: broken)
      #expect(throws: MigrationError.unreadable(folder: broken.path)) { try MigrationFolder(.brand, in: files.folder) }
    }
  }

  @Test func theProductsOwnFoldersAreFit() throws {
    for scope in MigrationFolder.Scope.allCases {
      let migrations = try MigrationFolder(scope, in: TestDeployment.migrations).migrations
      #expect(migrations.first?.name.hasPrefix("0001_") == true)
    }
  }
}
