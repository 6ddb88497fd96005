import LocalServers
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// Two brands on the one server connection that a pooler has for them.
@Suite struct PoolerTests {
  @Test func brandsNeverMixOnOneServerConnection() async throws {
    try await withPooler { deployment, url in
      let brands = try await deployment.makeMarkedBrands(2)
      let pool = try deployment.makePool(url, profile: .pooler) { $0.limits.maximum = 6 }
      let tenancy = try deployment.makeTenancy(pool)
      let question: SQL = "select current_user::text, pg_backend_pid(), name from groups order by name"
      let backends = try await withThrowingTaskGroup(of: Int32.self) { group in
        for number in 0..<240 {
          let brand = brands[number % 2]
          group.addTask {
            let result =
              if number % 3 == 0 {
                try await tenancy.transaction(of: brand) { transaction in
                  try await transaction.query("update groups set tags = array[\("\(number)")]")
                  return try await transaction.query(question)
                }
              } else {
                try await tenancy.read(of: brand, question)
              }
            let (user, backend, name) = try #require(result.decode(String.self, Int32.self, String.self).first)
            #expect(result.count == 1)
            #expect(user == brand.role)
            #expect(name == brand.slug)
            return backend
          }
        }
        return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
      }
      // Else the test would prove nothing.
      #expect(backends.count == 1)
      await pool.close()
    }
  }

  @Test func aFailureDoesNotReachTheOtherBrand() async throws {
    try await withPooler { deployment, url in
      let brands = try await deployment.makeMarkedBrands(2)
      let pool = try deployment.makePool(url, profile: .pooler)
      let tenancy = try deployment.makeTenancy(pool)
      for _ in 1...5 {
        let read = try await refusal { try await tenancy.read(of: brands[0], "select 1 / (count(*) - 1) from groups") }
        #expect(read == "22012")
        let transaction = try await refusal {
          try await tenancy.transaction(of: brands[0]) { transaction in
            try await transaction.query("insert into groups (id, name) values (gen_random_uuid(), 'gone')")
            return try await transaction.query("select from nowhere")
          }
        }
        #expect(transaction == .undefinedTable)
        let names = try await tenancy.transaction(of: brands[1]) { try await $0.query("select name from groups") }
        #expect(try names.texts() == [brands[1].slug])
        #expect(try await refusal { try await pool.read("select name from groups") } == .undefinedTable)
      }
      #expect(try await tenancy.read(of: brands[0], "select name from groups").texts() == [brands[0].slug])
      await pool.close()
    }
  }

  /// The control: a context that is set for the session, as a program without brand transactions would, does leak.
  @Test(arguments: [false, true]) func aSessionsContextLeaksToTheOtherBrand(byStatement: Bool) async throws {
    try await withPooler { deployment, url in
      let brands = try await deployment.makeMarkedBrands(2)
      let configuration = try PostgresConfiguration(url, profile: .pooler)
      let first = try await PostgresConnection.connect(configuration, logger: .quiet)
      let second = try await PostgresConnection.connect(configuration, logger: .quiet)
      for (connection, brand) in zip([first, second], brands) {
        if byStatement {
          try await connection.query("set role none")
          try await connection.query("set search_path = \(identifier: brand.schema)")
          try await connection.query("set role \(identifier: brand.role)")
        } else {
          // As the login, which alone may call set_config.
          try await connection.query("set role none")
          try await connection.query(
            "select set_config('search_path', \(brand.schema), false), set_config('role', \(brand.role), false)")
        }
      }
      // The first brand's own client now reads the second brand's groups.
      #expect(try await first.query("select name from groups").texts() == [brands[1].slug])
      await first.close()
      await second.close()
    }
  }
}

/// A deployment, and the address of a pooler before it that has one server connection for the application's login.
private func withPooler(_ body: (TestDeployment, _ url: String) async throws -> Void) async throws {
  try await withDeployment { deployment in
    let folders = try LocalFolders.temporary()
    let postgres = try await TestServers.shared.servers().postgres
    let pooler = try await LocalPgBouncer.start(
      in: folders, for: postgres, settings: ["default_pool_size": "1"], logger: .quiet)
    do {
      try await body(deployment, pooler.url(database: deployment.database, user: TestDeployment.login))
    } catch {
      try? await pooler.stop()
      try? folders.remove()
      throw error
    }
    try await pooler.stop()
    try folders.remove()
  }
}
