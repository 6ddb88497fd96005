import Foundation
import HTTPTypes
import Tenancy
import Testing

@testable import API

@Suite struct HappyPathTests {
  @Test func aBrandFromNothingToAnApprovedPlan() async throws {
    try await withAPI { api, house in
      let slug = "yaban-\(UUID().uuidString.prefix(8).lowercased())"
      let brand = try await api.post("brands", #"{"slug": "\#(slug)", "name": "芽伴妈妈", "zone": "Asia/Shanghai"}"#)
      #expect(brand.status == 201, "\(brand)")
      #expect(brand.headers[.location] == "/v1/brands/\(brand.id)")
      #expect(brand.json["settings"]?["zone"]?.string == "Asia/Shanghai")
      let inBrand = api.within(slug)

      let settings = try await inBrand.json(
        .patch, "settings", #"{"quiet_from": "23:00", "core_daily_cap": 5}"#)
      #expect(settings.status == 200, "\(settings)")
      #expect(settings.json["quiet_from"]?.string == "23:00")
      #expect(settings.headers[.eTag] == "\"v2\"")

      let sheet =
        "群名称,区域,群标签,webhook地址\n芽伴｜上海一群,上海,新客;0-6月,https://wecom.example/cgi-bin/webhook/send?key=\(UUID().uuidString.lowercased())\n"
      let bringing = Bringing(api, house, try await house.tenancy.brand(slug, of: house.agency.id))
      let groups = try await bringing.bring(sheet, of: "groups", rows: #""all""#)
      #expect(groups.counts == [1, 0, 0, 0], "\(groups)")
      let members = "会员编号,昵称,手机号,所在群\nm1,小鱼妈,13800000001,芽伴｜上海一群\nm2,阿May,,芽伴｜上海一群\n"
      let imported = try await bringing.bring(members, of: "members")
      #expect(imported.counts == [2, 0, 0, 0], "\(imported)")

      let content = try await inBrand.post(
        "contents", #"{"title": "早安", "kind": "text", "weight": "core", "body": {"text": "早呀，姐妹们"}}"#)
      #expect(content.status == 201, "\(content)")
      let tomorrow = Date(timeIntervalSinceNow: 86_400).formatted(.iso8601.year().month().day())
      let plan = try await inBrand.post(
        "plans",
        """
        {"name": "晨间", "contents": ["\(content.id)"], "audience": {"all": true},
         "recurrence": {"kind": "daily", "start": "\(tomorrow)", "times": ["09:30"]}}
        """)
      #expect(plan.status == 201, "\(plan)")
      let approved = try await inBrand.json(.put, "plans/\(plan.id)/approval", #"{"approved_by": "王经理"}"#)
      #expect(approved.status == 200, "\(approved)")
      #expect(approved.json["state"]?.string == "approved")
      #expect(approved.json["approved_by"]?.string == "王经理")
      let touches = try await inBrand.get("touches?plan=\(plan.id)&state=planned")
      #expect(touches.items.count == 13 || touches.items.count == 14, "\(touches)")
      let tally = try await inBrand.get("deliveries/tally")
      #expect(tally.status == 200 && tally.items.isEmpty, "\(tally)")
    }
  }
}
