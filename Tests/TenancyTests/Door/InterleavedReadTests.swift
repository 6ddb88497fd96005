import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// Reads of many brands down few shared connections: each gets its own brand's answer, and a failure stays its own.
@Suite struct InterleavedReadTests {
  private enum Answer: Equatable {
    case context(brand: String, name: String)
    case failure(SQLState?)
  }

  @Test func readsOfFiveBrandsNeverMix() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(5)
      let pool = try deployment.makePool { $0.applicationName = "interleaved" }
      let tenancy = try deployment.makeTenancy(pool)
      let reads = 3_000
      let answers = try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
        for number in 0..<reads {
          group.addTask {
            let brand = brands[number % brands.count]
            return (number, try await Self.ask(tenancy, brand, number))
          }
        }
        return try await group.reduce(into: [Int: Answer]()) { $0[$1.0] = $1.1 }
      }
      #expect(answers.count == reads)
      for (number, answer) in answers {
        let brand = brands[number % brands.count]
        switch number % 11 {
        case 3: #expect(answer == .failure("22012"))
        case 7: #expect(answer == .failure(.undefinedTable))
        default: #expect(answer == .context(brand: brand.role, name: brand.slug))
        }
      }
      // All of it went down the shared connections, so that brands did follow one another on each.
      let sessions = try await deployment.asOwner(
        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'interleaved'")
      #expect((1...pool.configuration.limits.shared).contains(try sessions.single(as: Int.self)))
      await pool.close()
    }
  }

  @Test func readsBesideTransactionsNeverMix() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(3)
      let tenancy = deployment.tenancy
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<300 {
          let brand = brands[number % brands.count]
          group.addTask {
            let added = "\(brand.slug) \(number)"
            try await tenancy.transaction(of: brand) { transaction in
              try await transaction.query("insert into groups (id, name) values (gen_random_uuid(), \(added))")
              let seen = try await transaction.query("select name from groups").texts()
              #expect(seen.contains(added))
              #expect(seen.allSatisfy { $0.hasPrefix(brand.slug) })
            }
          }
          group.addTask {
            let seen = try await tenancy.reader(of: brand).query("select name from groups").texts()
            #expect(!seen.isEmpty)
            #expect(seen.allSatisfy { $0.hasPrefix(brand.slug) })
          }
        }
        try await group.waitForAll()
      }
      for brand in brands {
        #expect(try await tenancy.read(of: brand, "select count(*) from groups").single(as: Int.self) == 101)
      }
    }
  }

  /// A prepared statement is planned for the tables that it found: the next brand must not get the last one's plan.
  @Test func onePreparedStatementServesEveryBrand() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(4)
      let pool = try deployment.makePool { $0.limits.shared = 1 }
      let tenancy = try deployment.makeTenancy(pool)
      for number in 0..<80 {
        let brand = brands[number * 7 % brands.count]
        let rows = try await tenancy.read(of: brand, "select name from groups where name <> \("none")")
        #expect(try rows.texts() == [brand.slug])
      }
      await pool.close()
    }
  }

  private static func ask(_ tenancy: Tenancy, _ brand: Brand, _ number: Int) async throws -> Answer {
    switch number % 11 {
    case 3: .failure(try await refusal { try await tenancy.read(of: brand, "select 1 / (count(*) - 1) from groups") })
    case 7: .failure(try await refusal { try await tenancy.read(of: brand, "select from nowhere") })
    default:
      try await tenancy.read(of: brand, "select current_user::text, name from groups")
        .decode(String.self, String.self).first.map { .context(brand: $0, name: $1) } ?? .failure(nil)
    }
  }
}
