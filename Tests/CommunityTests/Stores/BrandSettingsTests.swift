import Almanac
import Testing

@testable import Community

@Suite struct BrandSettingsTests {
  @Test func settingsAreReadAsTheyWereWritten() async throws {
    try await withBrand { brand in
      let draft: BrandSettingsDraft = try decoded([
        "zone": "Europe/Berlin", "quiet_from": "21:15", "quiet_to": "07:00:30", "core_daily_cap": 2,
        "state": "suspended",
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
        "zone": "Mars/Olympus", "quiet_from": "22:30", "quiet_to": "08:00", "core_daily_cap": 51, "state": "active",
      ])
      await #expect(
        throws: InvalidInput([
          FieldProblem("/core_daily_cap", .outOfRange, limit: "0–50", actual: "51"),
          FieldProblem("/zone", .unknownValue, actual: "Mars/Olympus"),
        ])
      ) { try await brand.work { try await BrandSettingsStore($0).update(draft, ifVersion: nil) } }
    }
  }
}
