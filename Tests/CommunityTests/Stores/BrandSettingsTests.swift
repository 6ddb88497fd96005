import Almanac
import Testing

@testable import Community

@Suite struct BrandSettingsTests {
  @Test func settingsAreReadAsTheyWereWritten() async throws {
    try await withBrand { brand in
      let draft: BrandSettingsDraft = try decoded([
        "zone": "Europe/Berlin", "quiet_from": "21:15", "quiet_to": "07:00:30", "service_from": "10:00",
        "service_to": "02:00", "core_daily_cap": 2,
        "tiers": ["new_days": 3, "active_days": 5, "cooling_days": 10, "silent_days": 20], "state": "suspended",
      ])
      let before = try await BrandSettingsStore(brand.reader).current().version
      try await brand.work { try await BrandSettingsStore($0).update(draft, ifVersion: before) }
      let settings = try await BrandSettingsStore(brand.reader).current()
      #expect(settings.draft == draft)
      #expect(settings.version == before + 1)
      await #expect(throws: EditConflict(current: before + 1)) {
        try await brand.work { try await BrandSettingsStore($0).update(draft, ifVersion: before) }
      }
    }
  }

  @Test func whatIsWrongIsNamed() async throws {
    try await withBrand { brand in
      let draft: BrandSettingsDraft = try decoded([
        "zone": "Mars/Olympus", "quiet_from": "22:30", "quiet_to": "08:00", "service_from": "09:00",
        "service_to": "09:00", "core_daily_cap": 51,
        "tiers": ["new_days": 7, "active_days": 7, "cooling_days": 7, "silent_days": 400], "state": "active",
      ])
      await #expect(
        throws: InvalidInput([
          FieldProblem("/core_daily_cap", .outOfRange, limit: "0–50", actual: "51"),
          FieldProblem("/zone", .unknownValue, actual: "Mars/Olympus"),
          FieldProblem("/service_to", .outOfRange, limit: "≠ service_from", actual: "09:00"),
          FieldProblem("/tiers/silent_days", .outOfRange, limit: "1–365", actual: "400"),
          FieldProblem("/tiers/cooling_days", .outOfRange, limit: "> 7", actual: "7"),
        ])
      ) { try await brand.work { try await BrandSettingsStore($0).update(draft, ifVersion: nil) } }
    }
  }
}
