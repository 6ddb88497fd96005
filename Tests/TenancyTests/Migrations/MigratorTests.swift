import Foundation
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// All schemas of a deployment.
@Suite struct MigratorTests {
  private func migrator(_ deployment: TestDeployment, _ folder: URL) -> Migrator {
    Migrator(
      control: deployment.owner, cells: [Cells.first: deployment.owner], login: TestDeployment.login, folder: folder,
      logger: .quiet)
  }

  /// With a login of its own: the lock against another migrator is a database's, and logins are the whole server's.
  private func migrator(_ pool: PostgresPool, login: String) -> Migrator {
    Migrator(
      control: pool, cells: [Cells.first: pool], login: login, folder: TestDeployment.migrations, logger: .quiet)
  }

  private func makeLoginName() -> String {
    "login_" + UUID().uuidString.lowercased().replacing("-", with: "_")
  }

  @Test func aDryRunOfANewDeploymentChangesNothing() async throws {
    try await withEmptyDatabase { pool in
      let before = try await pool.outline()
      let migrator = migrator(pool, login: makeLoginName())
      let planned = try await migrator.run(dryRun: true)
      #expect(planned.map(\.schema) == ["control", "ops"])
      #expect(planned.allSatisfy { !$0.files.isEmpty })
      #expect(try await pool.outline() == before)
      // And it told the truth.
      #expect(try await migrator.run() == planned)
      #expect(try await migrator.run() == [])
    }
  }

  @Test func aDryRunListsWhatEachBrandLacks() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(3)
      try await withMigrationFiles(copying: TestDeployment.migrations) { files in
        #expect(try await migrator(deployment, files.folder).run(dryRun: true) == [])
        try files.write("0901_more", "create table more (id int primary key)")
        try files.write("0902_most", "create table most (id int primary key)", for: .cell)
        let before = try await deployment.owner.outline()
        let planned = try await migrator(deployment, files.folder).run(dryRun: true)
        let expected =
          [Migrator.Step(schema: "ops", files: ["0902_most"])]
          + brands.map(\.schema).sorted().map { Migrator.Step(schema: $0, files: ["0901_more"]) }
        #expect(planned == expected)
        #expect(try await deployment.owner.outline() == before)
        #expect(try await migrator(deployment, files.folder).run() == expected)
      }
    }
  }

  @Test func brandsThatFailDoNotHoldUpTheOthers() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      let brands = try await withThrowingTaskGroup(of: Brand.self) { group in
        for number in 1...30 {
          // The data of every tenth brand is such that the file cannot be applied to it.
          let zone = number % 10 == 0 ? "Asia/Tokyo" : "Asia/Shanghai"
          group.addTask { try await deployment.makeBrand("brand-\(number)", of: agency, zone: zone) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(brands.map(\.schema)).count == 30)
      let failing = Set(brands.filter { ["brand-10", "brand-20", "brand-30"].contains($0.slug) }.map(\.schema))
      try await withMigrationFiles(copying: TestDeployment.migrations) { files in
        try files.write("0901_before", "create table before (id int primary key)")
        try files.write(
          "0902_check",
          "create table half (id int primary key); "
            + "alter table settings add constraint not_in_japan check (zone <> 'Asia/Tokyo')")
        let migrator = migrator(deployment, files.folder)
        let error = await #expect(throws: MigrationError.self) { try await migrator.run() }
        let text = error?.description ?? ""
        for schema in failing { #expect(text.contains(schema)) }
        #expect(text.contains("0902_check") && text.contains("not_in_japan"))
        for brand in brands {
          let names = try await deployment.owner.read("select name from \(identifier: brand.schema).migrations")
          #expect(try names.texts().contains("0901_before"))
          #expect(try names.texts().contains("0902_check") == !failing.contains(brand.schema))
        }
        // Once the data is put right, a second run does what is left and nothing else.
        for schema in failing {
          #expect(!(try await deployment.owner.outline().contains { $0.hasPrefix("\(schema).half") }))
          try await deployment.asOwner("update \(identifier: schema).settings set zone = 'Asia/Seoul'")
        }
        let left = failing.sorted().map { Migrator.Step(schema: $0, files: ["0902_check"]) }
        #expect(try await migrator.run(dryRun: true) == left)
        #expect(try await migrator.run() == left)
      }
    }
  }

  @Test func oneBrandThatFailsIsNamedAlone() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      try await deployment.asOwner(
        "create table \(identifier: brands[1].schema).taken (id int)")
      try await withMigrationFiles(copying: TestDeployment.migrations) { files in
        try files.write("0901_taken", "create table taken (id int)")
        let error = await #expect(throws: MigrationError.self) {
          try await migrator(deployment, files.folder).run()
        }
        guard case .failed(let schema, let name, let reason) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(schema == brands[1].schema)
        #expect(name == "0901_taken")
        #expect(reason.contains("42P07"))
      }
    }
  }

  @Test func twoMigratorsOfADeploymentApplyEachFileOnce() async throws {
    try await withEmptyDatabase { pool in
      let login = makeLoginName()
      let migrators = [1, 2].map { _ in migrator(pool, login: login) }
      let steps = try await withThrowingTaskGroup(of: [Migrator.Step].self) { group in
        for migrator in migrators { group.addTask { try await migrator.run() } }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      let files = try MigrationFolder.Scope.allCases.filter { $0 != .brand }.flatMap {
        try MigrationFolder($0, in: TestDeployment.migrations).migrations.map(\.name)
      }
      #expect(steps.flatMap(\.files).sorted() == files.sorted())
      let rows = try await pool.read("select count(*) from ops.generation")
      #expect(try rows.single(as: Int.self) == 1)
    }
  }

  @Test func aBrandWhoseCreationWasCutOffHoldsUpNobody() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      try await CreationCut.beforeRole.undo(brands[0], in: deployment)
      try await withMigrationFiles(copying: TestDeployment.migrations) { files in
        try files.write("0901_more", "create table more (id int primary key)")
        #expect(try await migrator(deployment, files.folder).run().map(\.schema) == [brands[1].schema])
      }
    }
  }
}
