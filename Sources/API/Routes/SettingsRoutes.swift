import Almanac
import Community
import Hummingbird
import Tenancy

/// How a brand's sends behave.
struct SettingsRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.get("settings", use: show)
      .patch("settings", use: edit)
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await Self.current(api.reader(context)))
  }

  @Sendable func edit(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try await api.patch(request, context, Self.current) { transaction, draft, version in
      try await BrandSettingsStore(transaction).update(draft, ifVersion: version)
    }
  }

  private static func current(_ session: any BrandSession) async throws -> SettingsBody {
    SettingsBody(try await BrandSettingsStore(session).current())
  }
}

/// A brand's settings as they are shown.
struct SettingsBody: Editable {
  let zone: String
  let quietFrom: WallTime
  let quietTo: WallTime
  let serviceFrom: WallTime
  let serviceTo: WallTime
  let coreDailyCap: Int
  let tiers: TierDays
  let state: BrandSettings.State
  let version: Int
  let draft: BrandSettingsDraft

  enum CodingKeys: String, CodingKey, CaseIterable {
    case zone, tiers, state, version
    case quietFrom = "quiet_from"
    case quietTo = "quiet_to"
    case serviceFrom = "service_from"
    case serviceTo = "service_to"
    case coreDailyCap = "core_daily_cap"
  }

  init(_ settings: BrandSettings) {
    zone = settings.zone.identifier
    quietFrom = settings.quietHours.from
    quietTo = settings.quietHours.to
    serviceFrom = settings.serviceHours.from
    serviceTo = settings.serviceHours.to
    coreDailyCap = settings.coreDailyCap
    tiers = settings.tiers
    state = settings.state
    version = settings.version
    draft = settings.draft
  }
}
