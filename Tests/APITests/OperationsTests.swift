import Foundation
import HTTPTypes
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import API

@Suite struct OperationsTests {
  @Test func whoRunsTheServiceNeedsNoKey() async throws {
    try await withAPI({ house in
      var dependencies = house.dependencies()
      dependencies.readiness = [ReadinessCheck("postgres") { true }, ReadinessCheck("redis") { true }]
      dependencies.metricsText = { "up 1\n" }
      return dependencies
    }) { api, _ in
      let api = api.with(key: nil)
      #expect(try await api.get("/livez").json == .object(["status": .string("ok")]))
      let ready = try await api.get("/readyz")
      #expect(ready.status == 200 && ready.json["status"]?.string == "ready")
      let metrics = try await api.get("/metrics")
      #expect(metrics.text == "up 1\n" && metrics.headers[.contentType]?.hasPrefix("text/plain") == true)
    }
  }

  @Test func readinessSaysWhichPartDoesNotAnswer() async throws {
    try await withAPI({ house in
      var dependencies = house.dependencies()
      dependencies.readiness = [ReadinessCheck("postgres") { true }, ReadinessCheck("redis") { false }]
      return dependencies
    }) { api, _ in
      let ready = try await api.get("/readyz")
      #expect(ready.status == 503)
      #expect(ready.json["checks"] == .object(["postgres": .bool(true), "redis": .bool(false)]))
      #expect(try await api.get("/livez").status == 200)
    }
  }

  @Test func aCallersNameForARequestIsKeptWhereItIsHarmless() async throws {
    try await withAPI { api, _ in
      let named = try await api.get("agency", headers: [.requestID: "job-42"])
      #expect(named.headers[.requestID] == "job-42")
      let odd = try await api.get("agency", headers: [.requestID: "a b\u{7F}"])
      #expect(odd.headers[.requestID] != "a b\u{7F}" && odd.headers[.requestID]?.isEmpty == false)
    }
  }

  @Test func aDatabaseThatIsAwayIsSaidSo() async throws {
    try await withAPI({ house in
      var configuration = try PostgresConfiguration("host=/nowhere-at-all dbname=secret-name user=secret-user")
      configuration.limits.waitTimeout = .milliseconds(300)
      let away = PostgresPool(configuration, logger: .quiet)
      var dependencies = house.dependencies()
      dependencies.tenancy = Tenancy(
        control: away, cells: Cells([Cells.first: away]),
        masterKeys: try MasterKeys(setting: MasterKeys.freshSetting(id: "t")))
      return dependencies
    }) { api, _ in
      let reply = try await api.get("agency")
      #expect(reply.status == 503 && reply.problem == "/problems/unavailable", "\(reply)")
      #expect(reply.headers[.retryAfter] != nil)
      #expect(!reply.text.contains("secret") && !reply.text.contains("nowhere"))
    }
  }

  @Test func ourOwnMistakesStayInside() async throws {
    try await withAPI({ house in
      var dependencies = house.dependencies()
      // No cell is known: nothing that a caller could help.
      dependencies.tenancy = Tenancy(
        control: house.tenancy.control, cells: Cells([:]),
        masterKeys: try MasterKeys(setting: MasterKeys.freshSetting(id: "t")))
      return dependencies
    }) { api, house in
      let reply = try await api.within(try await house.brand().slug).get("members")
      #expect(reply.status == 500 && reply.problem == "/problems/internal-error", "\(reply)")
      #expect(!reply.text.contains("cell") && reply.json["request_id"]?.string?.isEmpty == false)
    }
  }
}
