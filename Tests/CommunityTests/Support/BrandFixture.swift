import Almanac
import Foundation
import Identifiers
import JobQueue
import Postgres
import Tenancy
import TestSupport

@testable import Community

/// A brand in a deployment of its own. It has no quiet hours and a cap that nothing reaches, unless a test sets them.
struct BrandFixture: Sendable {
  let deployment: TestDeployment
  let brand: Brand
  let zone: Zone

  var tenancy: Tenancy { deployment.tenancy }
  var reader: BrandReader { tenancy.reader(of: brand) }
  var tenant: ID<Tenant> { ID(brand.id.uuid) }
  var today: CivilDate { zone.day(of: .now) }

  /// Works on the brand's data as one transaction.
  @discardableResult
  func work<Value: Sendable>(_ body: (BrandTransaction) async throws -> Value) async throws -> Value {
    try await tenancy.transaction(of: brand) { try await body($0) }
  }

  /// One statement on the brand's data, with no more rights than the product has.
  @discardableResult
  func query(_ sql: SQL) async throws -> PostgresResult {
    try await work { try await $0.query(sql) }
  }

  /// Replaces the brand's settings.
  func set(quiet: (from: String, to: String) = ("00:00", "00:00"), cap: Int = 50, zone: String? = nil) async throws {
    let draft: BrandSettingsDraft = try decoded([
      "zone": zone ?? self.zone.identifier, "quiet_from": quiet.from, "quiet_to": quiet.to, "service_from": "09:00",
      "service_to": "23:00", "core_daily_cap": cap, "tiers": tierDays, "state": "active",
    ])
    try await work { try await BrandSettingsStore($0).update(draft, ifVersion: nil) }
  }
}

/// The days of the tiers as a brand has them at first.
let tierDays = ["new_days": 7, "active_days": 7, "cooling_days": 13, "silent_days": 29]

/// What a program would send as JSON.
func decoded<Draft: Decodable>(_ fields: [String: Any]) throws -> Draft {
  try JSONDecoder().decode(Draft.self, from: JSONSerialization.data(withJSONObject: fields))
}

/// Runs a test with a brand. Without a zone the brand is where it is day now, so that no day ends under the test.
func withBrand(
  zone: String? = nil, on servers: TestServers = .shared, _ test: (BrandFixture) async throws -> Void
) async throws {
  try await withDeployment(on: servers) { deployment in
    let zone = try zone.map { try Zone($0) } ?? Zone.whereItIsDay()
    let brand = try await deployment.makeBrand(zone: zone.identifier)
    let fixture = BrandFixture(deployment: deployment, brand: brand, zone: zone)
    try await fixture.set()
    try await test(fixture)
  }
}

/// Runs a test with a deployment of its own; a few at a time, since each has its own connections.
func withDeployment(
  on servers: TestServers = .shared, _ test: (TestDeployment) async throws -> Void
) async throws {
  await Doors.shared.enter()
  do {
    let deployment = try await TestDeployment.make(on: servers)
    do {
      try await test(deployment)
      await deployment.close()
    } catch {
      await deployment.close()
      throw error
    }
  } catch {
    await Doors.shared.leave()
    throw error
  }
  await Doors.shared.leave()
}

extension Zone {
  fileprivate static func whereItIsDay() throws -> Zone {
    let shanghai = try Zone("Asia/Shanghai")
    return (4..<20).contains(shanghai.wall(at: .now).time.hour) ? shanghai : .utc
  }
}

private actor Doors {
  static let shared = Doors()

  private var free = 4
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func enter() async {
    if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
  }

  func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
