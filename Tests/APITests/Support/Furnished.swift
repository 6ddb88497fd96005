import Foundation
import HTTPTypes
import Identifiers
import JobQueue
import Postgres
import Tenancy

@testable import API

/// Work that nobody does.
private struct Chore: JobPayload {
  static let kind = "test.chore"
  static let lane = Lane("chores")
}

/// A brand with one thing of every kind in it.
struct Furnished: Sendable {
  let brand: Brand
  let asker: Asker
  /// The ids by the names of the paths' parameters, and words that are the same in every brand.
  let ids: [String: String]

  /// Makes the brand and its things, through the API where the API makes them.
  static func make(_ asker: Asker, _ house: House, of agency: Agency? = nil) async throws -> Furnished {
    let brand = try await house.brand(of: agency)
    let api = asker.within(brand.slug)
    let channel = try await api.post(
      "channels", #"{"kind": "wecom_robot", "name": "机器人", "webhook": "\#(UUID().uuidString.lowercased())"}"#)
    let group = try await api.post("groups", #"{"name": "一群", "channel_id": "\#(channel.id)", "tags": ["新客"]}"#)
    let member = try await api.post("members", #"{"name": "小鱼妈", "external_id": "m1"}"#)
    _ = try await api.json(.put, "groups/\(group.id)/members/\(member.id)", "{}")
    let goal = try await api.post(
      "groups/\(group.id)/goals", #"{"title": "群成员", "target": 300, "due_on": "2026-12-31"}"#)
    let rules = try await api.post("rules", #"{"title": "群规", "text": "不发广告"}"#)
    let medium = try await api.send(.post, "media?name=poster.png", body: Self.png)
    let content = try await api.post(
      "contents", #"{"title": "早安", "kind": "text", "weight": "core", "body": {"text": "早呀"}}"#)
    let imported = try await api.send(
      .post, "imports?subject=groups&name=a.csv", body: Array("群名称\n二群\n".utf8), headers: [.contentType: "text/csv"])
    let plan = try await api.post(
      "plans",
      """
      {"name": "晨间", "contents": ["\(content.id)"], "audience": {"all": true},
       "recurrence": {"kind": "daily", "start": "2026-01-01", "times": ["09:30"]}}
      """)
    _ = try await api.json(.put, "plans/\(plan.id)/approval", "{}")
    let touch = try await api.get("touches?limit=1").items.first?["id"]?.string ?? ""
    let webhook = try await api.post(
      "webhooks", #"{"name": "中台", "url": "https://example.com/hooks", "types": ["delivery.failed"]}"#)
    let delivery = ID<Furnished>().description
    let run = try NewRun(Chore())
    try await house.tenancy.transaction(of: brand) { transaction in
      _ = try await transaction.query(
        """
        insert into deliveries (id, touch_id, group_id, channel_id, state)
        values (\(delivery)::text::uuid, \(touch)::text::uuid, \(group.id)::text::uuid, \(channel.id)::text::uuid, 'unknown')
        """)
    }
    try await house.tenancy.transaction(of: brand) { transaction in
      _ = try await RunStore.enqueue([run], of: ID(brand.id.uuid), in: transaction)
    }
    return Furnished(
      brand: brand, asker: api,
      ids: [
        "brand": brand.slug, "channel": channel.id, "group": group.id, "member": member.id, "medium": medium.id,
        "goal": goal.id, "rules": rules.id, "day": "2026-03-08", "kind": "messages",
        "content": content.id, "plan": plan.id, "touch": touch, "delivery": delivery, "run": "\(run.id)",
        "import": imported.id,
        "webhook": webhook.id,
      ])
  }

  /// What stands in addresses and is nobody's.
  static let words: Set = ["day", "kind"]

  /// The address of a route with these things in it.
  func uri(_ path: String, replacing others: [String: String] = [:]) -> String {
    ids.merging(others) { $1 }.reduce(path) { $0.replacing("{\($1.key)}", with: $1.value) }
  }

  /// The beginning of a PNG file: as much as anybody looks at.
  static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 7, count: 64)
}
