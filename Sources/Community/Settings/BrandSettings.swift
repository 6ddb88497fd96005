public import Almanac
import Postgres
public import Tenancy

/// How a brand's sends behave.
public struct BrandSettings: Sendable, Hashable {
  /// The zone in which the brand's days and wall-clock times are meant.
  public var zone: Zone
  /// When nothing is sent.
  public var quietHours: QuietHours
  /// When people answer in the groups.
  public var serviceHours: ServiceHours
  /// How many core items a group gets in a day at most.
  public var coreDailyCap: Int
  /// From which days on a member counts as what.
  public var tiers: TierDays
  /// Whether the brand's sends leave at all.
  public var state: State
  /// Raised by every edit.
  public let version: Int

  /// Whether sends leave.
  public enum State: String, Sendable, Hashable, CaseIterable, Codable {
    case active
    case suspended
  }
}

/// What can be set of `BrandSettings`.
public struct BrandSettingsDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case zone
    case quietFrom = "quiet_from"
    case quietTo = "quiet_to"
    case serviceFrom = "service_from"
    case serviceTo = "service_to"
    case coreDailyCap = "core_daily_cap"
    case tiers, state
  }

  var zone: String
  var quietFrom: WallTime
  var quietTo: WallTime
  var serviceFrom: WallTime
  var serviceTo: WallTime
  var coreDailyCap: Int
  var tiers: TierDays
  var state: BrandSettings.State

  func validated() throws -> (Zone, QuietHours) {
    var check = FieldCheck()
    check.range("/core_daily_cap", coreDailyCap, 0...50)
    let known = try? Zone(zone)
    if known == nil { check.add("/zone", .unknownValue, actual: zone) }
    if serviceFrom == serviceTo {
      check.add("/service_to", .outOfRange, limit: "≠ service_from", actual: "\(serviceTo)")
    }
    tiers.check(&check)
    try check.finish()
    guard let known else { throw InvalidInput("/zone", .unknownValue, actual: zone) }
    return (known, QuietHours(from: quietFrom, to: quietTo))
  }
}

extension BrandSettings {
  /// The settings as they can be edited.
  public var draft: BrandSettingsDraft {
    BrandSettingsDraft(
      zone: zone.identifier, quietFrom: quietHours.from, quietTo: quietHours.to, serviceFrom: serviceHours.from,
      serviceTo: serviceHours.to, coreDailyCap: coreDailyCap, tiers: tiers, state: state)
  }
}

/// The settings row of a brand.
public struct BrandSettingsStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// The settings, held against edits until the transaction ends: for whoever makes instants of their zone.
  func held() async throws -> BrandSettings {
    try await session.query("select from settings for share")
    return try await current()
  }

  /// The settings as they stand.
  public func current() async throws -> BrandSettings {
    let rows = try await session.query(
      """
      select zone, quiet_from::text as quiet_from, quiet_to::text as quiet_to, service_from::text as service_from,
        service_to::text as service_to, core_daily_cap, tier_new_days, tier_active_days, tier_cooling_days,
        tier_silent_days, state, version
      from settings
      """)
    guard let row = rows.first else { throw NotFound() }
    return BrandSettings(
      zone: try Zone(row.value("zone")),
      quietHours: QuietHours(
        from: try WallTime(iso: row.value("quiet_from")), to: try WallTime(iso: row.value("quiet_to"))),
      serviceHours: ServiceHours(
        from: try WallTime(iso: row.value("service_from")), to: try WallTime(iso: row.value("service_to"))),
      coreDailyCap: try row.value("core_daily_cap"),
      tiers: TierDays(
        new: try row.value("tier_new_days"), active: try row.value("tier_active_days"),
        cooling: try row.value("tier_cooling_days"), silent: try row.value("tier_silent_days")),
      state: try row.state("state"),
      version: try row.value("version"))
  }

  /// Replaces the settings if they still stand at `version`.
  ///
  /// Plans were approved for instants that the old zone made of their wall-clock times: another zone takes every
  /// approval back, so that nothing leaves hours off.
  public func update(_ draft: BrandSettingsDraft, ifVersion version: Int?) async throws {
    let (zone, quiet) = try draft.validated()
    let before = try await session.query("select zone from settings for update").first?.value("zone", as: String.self)
    let updated = try await session.query(
      """
      update settings set zone = \(zone.identifier), quiet_from = \("\(quiet.from)")::text::time,
        quiet_to = \("\(quiet.to)")::text::time, service_from = \("\(draft.serviceFrom)")::text::time,
        service_to = \("\(draft.serviceTo)")::text::time, core_daily_cap = \(draft.coreDailyCap),
        tier_new_days = \(draft.tiers.new), tier_active_days = \(draft.tiers.active),
        tier_cooling_days = \(draft.tiers.cooling), tier_silent_days = \(draft.tiers.silent),
        state = \(draft.state.rawValue), version = version + 1, updated_at = now()
      where \(version)::integer is null or version = \(version)
      """)
    guard updated.affected == 1 else { throw EditConflict(current: try await current().version) }
    if before != zone.identifier { try await withdrawApprovals() }
  }

  /// Lets sends leave or stops them; false where it stands so already.
  ///
  /// - Parameter isForGood: plans lose their approval too.
  public func move(to state: BrandSettings.State, isForGood: Bool = false) async throws -> Bool {
    let moved = try await session.query(
      """
      update settings set state = \(state.rawValue), version = version + 1, updated_at = now()
      where state <> \(state.rawValue)
      """)
    if isForGood { try await withdrawApprovals() }
    return moved.affected == 1
  }

  /// Takes every approval back: nothing of the plans leaves before somebody approves them anew.
  func withdrawApprovals() async throws {
    try await session.query(
      """
      with withdrawn as (
        update plans set state = 'draft', version = version + 1, approved_at = null, approved_by = null,
          approval_hash = null, approved_groups = null, approved_versions = null, planned_until = null
        where state = 'approved' returning id
      )
      update touches set state = 'withdrawn' where state = 'planned' and plan_id in (select id from withdrawn)
      """)
  }
}
