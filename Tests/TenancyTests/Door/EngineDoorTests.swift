import Foundation
import Identifiers
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// The functions of `ops` take the brand from the role that calls, never from an argument.
@Suite struct EngineDoorTests {
  @Test func runsAreTheCallersOwn() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let runs = [UUID(), UUID()]
      for (brand, run) in zip(brands, runs) {
        #expect(try await deployment.enqueue(run, key: "same", as: brand) == 1)
        // The key is live for this brand only, whatever others hold.
        #expect(try await deployment.enqueue(UUID(), key: "same", as: brand) == 0)
      }
      let stored = try await deployment.asOwner("select id, brand_id from ops.runs").decode(UUID.self, UUID.self)
      #expect(stored.count == 2)
      for (brand, run) in zip(brands, runs) { #expect(stored.contains { $0 == (run, brand.id.uuid) }) }
    }
  }

  @Test func anotherBrandsRunIsNotTakenOver() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let run = UUID()
      #expect(try await deployment.enqueue(run, key: nil, as: brands[0]) == 1)
      #expect(try await deployment.enqueue(run, key: nil, as: brands[1]) == 0)
      #expect(try await deployment.asOwner("select brand_id from ops.runs").single(as: UUID.self) == brands[0].id.uuid)
    }
  }

  @Test func anotherBrandsEpochIsAsUnknownAsAnOldOne() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let run = UUID()
      _ = try await deployment.enqueue(run, key: nil, as: brands[0])
      try await deployment.asOwner("update ops.runs set state = 'running', epoch = 3 where id = \(run)")
      #expect(try await deployment.requireEpoch(3, of: run, as: brands[0]) == nil)
      #expect(try await deployment.requireEpoch(2, of: run, as: brands[0]) == "NQ001")
      #expect(try await deployment.requireEpoch(4, of: run, as: brands[0]) == "NQ001")
      #expect(try await deployment.requireEpoch(3, of: run, as: brands[1]) == "NQ001")
      #expect(try await deployment.requireEpoch(3, of: UUID(), as: brands[1]) == "NQ001")
      try await deployment.asOwner("update ops.runs set state = 'done' where id = \(run)")
      #expect(try await deployment.requireEpoch(3, of: run, as: brands[0]) == "NQ001")
    }
  }

  @Test func anAlarmIsTheCallersOwn() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let (ours, theirs) = (brands[0], brands[1])
      let noon = Date(timeIntervalSince1970: 1_800_000_000)
      try await deployment.call("select ops.set_alarm(\(noon))", as: ours)
      try await deployment.call("select ops.set_alarm(\(noon + 60))", as: theirs)
      try await deployment.call("select ops.wake_at(\(noon - 60))", as: ours)
      try await deployment.call("select ops.wake_at(\(noon + 600))", as: theirs)
      #expect(try await deployment.alarms() == [ours.id.uuid: noon - 60, theirs.id.uuid: noon + 60])
      try await deployment.call("select ops.set_alarm(null)", as: ours)
      #expect(try await deployment.alarms() == [theirs.id.uuid: noon + 60])
      // A lock on one's own alarm does not hold up another brand.
      try await deployment.tenancy.transaction(of: theirs) { transaction in
        #expect(try await transaction.query("select ops.lock_alarm()").single(as: Bool.self))
        try await deployment.call("select ops.set_alarm(\(noon))", as: ours)
      }
    }
  }

  @Test func withoutABrandTheyRefuse() async throws {
    try await withDeployment { deployment in
      _ = try await deployment.makeBrand()
      let calls: [SQL] = [
        "select ops.current_brand()", "select ops.set_alarm(now())", "select ops.wake_at(now())",
        "select ops.lock_alarm()", "select ops.require_epoch(gen_random_uuid(), 1)",
        """
        select ops.enqueue(array[gen_random_uuid()], '{a}', '{a}', '{normal}', '{a}', '{a}', array['{}'::jsonb], '{a}',
          array[now()], array[now()], array[null::uuid])
        """,
      ]
      for call in calls {
        #expect(try await refusal { try await deployment.pool.read(call) } == .insufficientPrivilege, "\(call)")
      }
      // The owner may call them, and still is no brand.
      for call in calls where call.text.contains("current_brand") || call.text.contains("enqueue") {
        #expect(try await refusal { try await deployment.owner.read(call) } == .insufficientPrivilege, "\(call)")
      }
    }
  }
}

extension TestDeployment {
  fileprivate func enqueue(_ run: UUID, key: String?, as brand: Brand) async throws -> Int {
    try await tenancy.transaction(of: brand) { transaction in
      try await transaction.query(
        """
        select id from ops.enqueue(
          array[\(run)]::uuid[], array['kind'], array['lane'], array['normal'], array[null], array[null],
          array['{}'::jsonb], array[\(key)]::text[], array[null]::timestamptz[], array[now()], array[null]::uuid[])
        """
      ).count
    }
  }

  fileprivate func requireEpoch(_ epoch: Int32, of run: UUID, as brand: Brand) async throws -> SQLState? {
    try await refusal { try await call("select ops.require_epoch(\(run), \(epoch))", as: brand) }
  }

  fileprivate func call(_ sql: SQL, as brand: Brand) async throws {
    try await tenancy.transaction(of: brand) { _ = try await $0.query(sql) }
  }

  fileprivate func alarms() async throws -> [UUID: Date] {
    let rows = try await asOwner("select brand_id, due_at from ops.alarms").decode(UUID.self, Date.self)
    return Dictionary(uniqueKeysWithValues: rows)
  }
}
