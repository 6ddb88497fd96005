import Foundation
import Identifiers
import Postgres
import TestSupport
import Testing

@testable import Tenancy

/// The audit is written once and chained: nobody changes it unseen.
@Suite struct AuditTests {
  private static let actor = Actor(.person, id: UUID(), name: "林岚", address: "203.0.113.9", request: "r-1")

  @Test func actsStandAsTheyWereNoted() async throws {
    try await withDeployment { deployment in
      let agency = try await deployment.makeAgency()
      try await Self.note("person.invited", in: agency, deployment, after: #"{"role": "operator"}"#)
      let acts = try await ActStore(deployment.tenancy.controlReads).acts(of: agency.id, limit: 10)
      #expect(acts.map(\.name) == ["person.invited"])
      #expect(acts.first?.number == 1 && acts.first?.actor == Self.actor)
      #expect(acts.first?.after?.text == #"{"role": "operator"}"#)
      let others = try await deployment.makeAgency()
      #expect(try await ActStore(deployment.tenancy.controlReads).acts(of: others.id, limit: 10).isEmpty)
    }
  }

  @Test func nobodyChangesOrDeletesAnAct() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      try await Self.note("group.edited", in: brand, deployment)
      for sql in [
        "update control.acts set act = 'x'", "delete from control.acts", "truncate control.acts",
        "update ops.audit set act = 'x'", "delete from ops.audit", "truncate ops.audit",
      ] {
        let statement = SQL(stringLiteral: sql)
        for pool in [deployment.pool, deployment.owner] {
          await #expect(throws: PostgresError.self, "\(sql)") { try await pool.lease { try await $0.query(statement) } }
        }
      }
    }
  }

  @Test func awholeAuditIsFoundWhole() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      for number in 1...5 { try await Self.note("group.edited_\(number)", in: brand, deployment) }
      let findings = try await Self.verification(deployment).findings()
      #expect(findings.allSatisfy { $0.problem == nil }, "\(findings)")
      let chain = "brand \(brand.id)"
      let finding = try #require(findings.first { $0.chain == chain })
      #expect(finding.rows == 5)
      let head = "\(chain)=5:\(finding.head)"
      #expect(try await Self.verification(deployment).holds(head: head))
      #expect(try await !Self.verification(deployment).holds(head: "\(chain)=4:\(finding.head)"))
    }
  }

  /// Whoever can do everything on the database is seen all the same, and by the first row that they touched.
  @Test(arguments: [
    ("update ops.audit set subject = 'group x' where number = 3", AuditVerification.Problem.changed, 3),
    ("update ops.audit set at = at + interval '1 hour' where number = 2", .changed, 2),
    ("update ops.audit set actor = '{}' where number = 4", .changed, 4),
    ("delete from ops.audit where number = 2", .missing, 2), ("delete from ops.audit where number = 1", .missing, 1),
    ("delete from ops.audit where number > 3", .cutOff, 4),
  ]) func aBrokenRowIsNamed(_ harm: (sql: String, problem: AuditVerification.Problem, row: Int)) async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      for _ in 1...5 { try await Self.note("group.edited", in: brand, deployment) }
      try await deployment.owner.lease { connection in
        try await connection.query("alter table ops.audit disable trigger keep")
        let condition = "chain = '\(brand.id)' and number"
        try await connection.query(SQL(stringLiteral: harm.sql.replacing("number", with: condition)))
        try await connection.query("alter table ops.audit enable trigger keep")
      }
      let finding = try #require(
        try await Self.verification(deployment).findings().first { $0.chain == "brand \(brand.id)" })
      #expect(finding.problem == harm.problem && finding.firstBroken == harm.row, "\(finding)")
    }
  }

  @Test func actsOfManyAtOnceStandInOneChain() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 { group.addTask { try await Self.note("group.edited", in: brand, deployment) } }
        try await group.waitForAll()
      }
      let finding = try #require(
        try await Self.verification(deployment).findings().first { $0.chain == "brand \(brand.id)" })
      #expect(finding.rows == 20 && finding.problem == nil, "\(finding)")
    }
  }

  @Test func whatABrandsActShowsIsSealed() async throws {
    try await withDeployment { deployment in
      let brand = try await deployment.makeBrand()
      try await Self.note("member.edited", in: brand, deployment, after: #"{"phone": "13800000001"}"#)
      let stored = try await deployment.asOwner("select string_agg(detail::text, ' ') from ops.audit").single(
        as: String.self)
      #expect(!stored.contains("13800000001"))
      let acts = try await BrandActs(deployment.tenancy, of: brand).acts(limit: 10)
      #expect(acts.first?.after?.text.contains("13800000001") == true)
      #expect(acts.first?.actor == Self.actor && acts.first?.byWhom == "林岚")
    }
  }

  private static func note(_ name: String, in agency: Agency, _ deployment: TestDeployment, after: String? = nil)
    async throws
  {
    try await deployment.pool.transaction { transaction in
      try await ActStore(transaction).note(
        Act(name, Act.Subject("person", id: "p1"), after: after.map(JSON.init(text:))), by: actor, in: agency.id)
    }
  }

  private static func note(_ name: String, in brand: Brand, _ deployment: TestDeployment, after: String? = nil)
    async throws
  {
    try await deployment.tenancy.transaction(of: brand) { transaction in
      try await transaction.note(
        Act(name, Act.Subject("group", id: "g1"), after: after.map(JSON.init(text:))), by: actor)
    }
  }

  private static func verification(_ deployment: TestDeployment) -> AuditVerification {
    AuditVerification(control: deployment.pool, cells: [Cells.first: deployment.pool])
  }
}
