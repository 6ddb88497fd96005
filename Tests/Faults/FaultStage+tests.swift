import Community
import TestSupport

@testable import Trials

extension FaultStage {
  /// A stage with one brand, whose plans are all due when `plan` is called.
  static func with(
    rooms: Int = 50, plans: Int = 3, window: Int = 60, settings: [String: String] = [:],
    _ body: (FaultStage) async throws -> Void
  ) async throws {
    var setting = Setting(migrations: TestDeployment.migrations)
    setting.rooms = rooms
    setting.plans = plans
    setting.window = window
    setting.settings = settings
    try await with(setting, body)
  }

  /// The only brand.
  nonisolated var brand: FaultBrand { brands[0] }

  func verdict(mayBeUnknown: Int) async throws -> Verdict {
    try await verdict(on: brand.expected, mayBeUnknown: mayBeUnknown)
  }
}
