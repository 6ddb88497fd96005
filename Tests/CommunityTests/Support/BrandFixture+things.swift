import Almanac
import Foundation
import Identifiers
import Postgres
import Tenancy

@testable import Community

extension BrandFixture {
  /// A robot; its key is new unless one is given.
  func addChannel(_ name: String = "机器人", key: String = UUID().uuidString) async throws -> ID<Channel> {
    let draft: ChannelDraft = try decoded(["kind": "wecom_robot", "name": name, "webhook": key])
    return try await add(draft)
  }

  func add(_ draft: ChannelDraft) async throws -> ID<Channel> {
    let reservation = ChannelReservation(tenancy)
    let reserved = try await reservation.reserve(draft, for: brand)
    return try await work { try await reservation.create(reserved, in: $0) }
  }

  func addGroup(
    _ name: String = "宝妈群", through channel: ID<Channel>? = nil, tags: [String] = []
  ) async throws -> ID<Group> {
    var fields: [String: Any] = ["name": name, "tags": tags]
    fields["channel_id"] = channel?.description
    let draft: GroupDraft = try decoded(fields)
    return try await work { try await GroupStore($0).create(draft) }
  }

  func addText(_ text: String = "早上好", weight: Content.Weight = .core) async throws -> ID<Content> {
    let draft = try textDraft(text, weight: weight)
    return try await work { try await ContentStore($0).create(draft, fitFor: []) }
  }

  func edit(_ content: ID<Content>, to text: String) async throws {
    let draft = try textDraft(text, weight: .core)
    try await work { try await ContentStore($0).update(content, draft, ifVersion: nil, fitFor: []) }
  }

  private func textDraft(_ text: String, weight: Content.Weight) throws -> ContentDraft {
    try decoded(["title": "标题", "kind": "text", "weight": weight.rawValue, "body": ["text": text]])
  }

  /// A plan that posts every day from tomorrow on, unless another rule is given.
  func planDraft(
    _ contents: [ID<Content>], audience: [String: Any] = ["all": true], rule: [String: Any]? = nil, grace: Int = 60
  ) throws -> PlanDraft {
    try decoded([
      "name": "早安", "contents": contents.map(\.description), "audience": audience,
      "recurrence": rule ?? daily(["09:30"]), "grace_minutes": grace,
    ])
  }

  func addPlan(
    _ contents: [ID<Content>], audience: [String: Any] = ["all": true], rule: [String: Any]? = nil, grace: Int = 60
  ) async throws -> ID<Plan> {
    let draft = try planDraft(contents, audience: audience, rule: rule, grace: grace)
    return try await work { try await PlanStore($0).create(draft) }
  }

  /// Each day from tomorrow on, so that the time of day at which the test runs makes no difference.
  func daily(_ times: [String]) -> [String: Any] {
    ["kind": "daily", "start": "\(today.advanced(by: 1))", "times": times]
  }

  /// Once, tomorrow.
  func once(_ time: String) -> [String: Any] {
    ["kind": "once", "date": "\(today.advanced(by: 1))", "time": time]
  }

  func approve(_ plan: ID<Plan>, ifVersion version: Int? = nil) async throws {
    try await work { try await PlanApproval($0).approve(plan, by: "测试", ifVersion: version) }
  }

  func approvedPlan(
    _ contents: [ID<Content>], audience: [String: Any] = ["all": true], rule: [String: Any]? = nil, grace: Int = 60
  ) async throws -> ID<Plan> {
    let plan = try await addPlan(contents, audience: audience, rule: rule, grace: grace)
    try await approve(plan)
    return plan
  }

  func plan(_ id: ID<Plan>) async throws -> Plan { try await PlanStore(reader).plan(id) }

  /// In the order of their times.
  func touches(of plan: ID<Plan>, in state: Touch.State? = nil) async throws -> [Touch] {
    try await TouchStore(reader).page(PageRequest(limit: 5_000, after: nil), plan: plan, state: state).items
      .sorted { $0.dueAt < $1.dueAt }
  }

  func touch(_ id: ID<Touch>) async throws -> Touch { try await TouchStore(reader).touch(id) }

  /// In the order in which they are claimed.
  func deliveries(of touch: ID<Touch>? = nil) async throws -> [Delivery] {
    try await DeliveryStore(reader).page(PageRequest(limit: 5_000, after: nil), touch: touch, state: nil).items
  }

  func channel(_ id: ID<Channel>) async throws -> Channel { try await ChannelStore(reader).channel(id) }

  /// How many claims the channel's window holds.
  func windowCount(of channel: ID<Channel>) async throws -> Int {
    let rows = try await query("select cardinality(claimed) from channel_windows where channel_id = \(channel)")
    return try rows.first?.decode(Int.self) ?? -1
  }

  /// How many core items are counted for a group, over all days.
  func coreCount(of group: ID<Group>) async throws -> Int {
    let rows = try await query("select coalesce(sum(core), 0)::integer from group_days where group_id = \(group)")
    return try rows.first?.decode(Int.self) ?? -1
  }
}
