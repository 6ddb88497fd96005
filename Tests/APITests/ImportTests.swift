import Foundation
import HTTPTypes
import Tenancy
import Testing

@testable import API

@Suite struct ImportTests {
  @Test func aRepeatedImportChangesNothing() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let robot = UUID().uuidString.lowercased()
      let groups = """
        群名称,群ID,区域,群类型,群标签,群主,群容量,webhook地址,备注
        芽伴｜上海一群,wr-1,上海浦东,新客群,新客；0-6月,小芽老师,300,https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=\(robot),好群
        芽伴｜上海二群,,上海徐汇,,,,,,
        """
      let first = try await Self.send(groups, to: "groups", api)
      #expect(Self.counts(first) == [2, 0, 0], "\(first)")
      #expect(first.json["ignored_columns"] == .array([.string("备注")]))
      #expect(Self.counts(try await Self.send(groups, to: "groups", api)) == [0, 0, 2])
      let changed = groups.replacing("上海浦东", with: "上海静安")
      #expect(Self.counts(try await Self.send(changed, to: "groups", api)) == [0, 1, 1])

      let listed = try await api.get("groups").items
      #expect(listed.count == 2 && listed[0]["region"]?.string == "上海静安" && listed[0]["version"] == .number("2"))
      #expect(listed[0]["tags"] == .array([.string("新客"), .string("0-6月")]))
      let channels = try await api.get("channels")
      #expect(channels.items.count == 1 && !channels.text.contains(robot))
      #expect(listed[0]["channel_id"] == channels.items[0]["id"] && listed[1]["channel_id"] == nil)
    }
  }

  @Test func membersComeWithTheirGroups() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      _ = try await Self.send("群名称,群ID\n一群,wr-1\n二群,wr-2\n", to: "groups", api)
      let members = """
        会员编号,昵称,手机号,生日,所在群,入群时间
        m1,小鱼妈,138 0000 0001,1993/5/20,一群；wr-2,2026-03-01 09:30
        m2,阿May,,,一群,
        ,路过的,13800000003,,二群,
        ,无名氏,,,二群,
        """
      #expect(Self.counts(try await Self.send(members, to: "members", api)) == [4, 0, 0])
      #expect(Self.counts(try await Self.send(members, to: "members", api)) == [0, 0, 4])
      let listed = try await api.get("members").items
      #expect(listed.count == 4 && listed[0]["phone"]?.string == "+8613800000001")
      #expect(listed[0]["birthday"]?.string == "1993-05-20")
      let groups = try await api.get("groups").items.compactMap { $0["id"]?.string }
      let places = try await api.get("groups/\(groups[0])/members").items
      #expect(places.compactMap { $0["name"]?.string } == ["小鱼妈", "阿May"])
      #expect(places[0]["joined_at"]?.string == "2026-03-01T01:30:00.000Z", "09:30 in Shanghai")
      #expect(try await api.get("groups/\(groups[1])/members").items.count == 3)
      let moved = try await Self.send("会员编号,昵称,所在群\nm2,阿May,二群\n", to: "members", api)
      #expect(Self.counts(moved) == [0, 1, 0])
      #expect(try await api.get("groups/\(groups[1])/members").items.count == 4)
    }
  }

  @Test func rowsWithProblemsAreLeftOutAndNamed() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      _ = try await Self.send("群名称\n一群\n", to: "groups", api)
      for name in ["重名群", "重名群"] { _ = try await api.post("groups", #"{"name": "\#(name)"}"#) }
      _ = try await api.post("members", #"{"name": "老会员", "external_id": "old", "phone": "+8613800000009"}"#)
      let sheet = """
        会员编号,昵称,手机号,所在群
        m1,好的,13800000001,一群
        m2,坏号码,12345,一群
        m3,没有群,,三群
        m4,重名,,重名群
        m5,别人的号码,13800000009,一群
        m1,重复,,一群
        m7,\(String(repeating: "👨‍👩‍👧‍👦", count: 30)),,一群
        """
      let reply = try await Self.send(sheet, to: "members", api)
      #expect(Self.counts(reply) == [1, 0, 0], "\(reply)")
      let problems = (reply.json["problems"]?.array ?? []).map {
        "\($0["row"] ?? .null) \($0["column"]?.string ?? "") \($0["code"]?.string ?? "")"
      }
      #expect(
        problems == [
          "number(\"3\") 手机号 malformed_phone", "number(\"4\") groups unknown_group",
          "number(\"5\") groups ambiguous_group", "number(\"6\") phone taken", "number(\"7\") 会员编号 duplicate",
          "number(\"8\") name too_long",
        ])
      #expect((reply.json["problems"]?.array ?? []).allSatisfy { $0["detail"]?.string?.isEmpty == false })
      #expect(try await api.get("members").items.count == 2)
    }
  }

  @Test func aDryRunOnlySays() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let sheet = "群名称,群容量,webhook地址\n一群,300,\(UUID().uuidString.lowercased())\n二群,多,\n"
      let dry = try await Self.send(sheet, to: "groups", api, query: "?dry_run=true")
      #expect(Self.counts(dry) == [1, 0, 0] && dry.json["problems"]?.array?.count == 1, "\(dry)")
      #expect(try await api.get("groups").items.isEmpty)
      #expect(try await api.get("channels").items.isEmpty)
      let odd = try await Self.send(sheet, to: "groups", api, query: "?dry_run=yes")
      #expect(odd.errors == ["dry_run": "unknown_value"], "\(odd)")
    }
  }

  /// A transaction that waited for a second connection while it holds one would wait for others that do the same.
  @Test func moreChannelsAtOnceThanThereAreConnections() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
        for number in 0..<40 {
          let robot = UUID().uuidString.lowercased()
          group.addTask {
            number.isMultiple(of: 4)
              ? try await Self.send("群名称,webhook地址\n群\(number),\(robot)\n", to: "groups", api)
              : try await api.post("channels", #"{"kind": "wecom_robot", "name": "a", "webhook": "\#(robot)"}"#)
          }
        }
        return try await group.reduce(into: [Reply]()) { $0.append($1) }
      }
      #expect(replies.allSatisfy { $0.status == 201 || $0.status == 200 }, "\(replies)")
      #expect(try await api.get("channels").items.count == 40)
    }
  }

  @Test func aRobotOfAnotherBrandIsAProblemOfItsRow() async throws {
    try await withAPI { api, house in
      let robot = UUID().uuidString.lowercased()
      let theirs = api.with(key: house.otherKey).within(try await house.brand(of: house.otherAgency).slug)
      #expect(Self.counts(try await Self.send("群名称,webhook地址\n一群,\(robot)\n", to: "groups", theirs)) == [1, 0, 0])
      let ours = api.within(try await house.brand().slug)
      let reply = try await Self.send("群名称,webhook地址\n一群,\(robot)\n二群,\n", to: "groups", ours)
      #expect(Self.counts(reply) == [1, 0, 0] && !reply.text.contains(robot), "\(reply)")
      #expect(reply.json["problems"]?.array?.first?["code"]?.string == "taken")
    }
  }

  @Test(
    arguments: [
      ([0xEF, 0xBB, 0xBF] + Array("群名称\n一群\n".utf8), 200), (Array("编号\n1\n".utf8), 422), ([], 422),
      (Array("群名称\n\"一群".utf8), 422), (Array("群名称\n".utf8) + [0xE4, 0xB8] + Array("，群群群群群\n".utf8), 422),
      // GB18030: 群名称, 一群.
      ([0xC8, 0xBA, 0xC3, 0xFB, 0xB3, 0xC6, 0x0A, 0xD2, 0xBB, 0xC8, 0xBA, 0x0A], 200),
    ] as [([UInt8], Int)])
  func aFileIsReadWholeOrRefused(bytes: [UInt8], status: Int) async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      let reply = try await api.send(.post, "groups/imports", body: bytes, headers: [.contentType: "text/csv"])
      #expect(reply.status == status, "\(reply)")
      if status == 422 { #expect(reply.problem == "/problems/unreadable-sheet") }
      let names = try await api.get("groups").items.compactMap { $0["name"]?.string }
      #expect(names == (status == 200 ? ["一群"] : []))
    }
  }

  @Test func twoImportsAtOnceMakeEachMemberOnce() async throws {
    try await withAPI { api, house in
      let api = api.within(try await house.brand().slug)
      _ = try await Self.send("群名称\n一群\n", to: "groups", api)
      let rows = (1...200).map { "m\($0),会员\($0),一群" }
      let sheet = "会员编号,昵称,所在群\n" + rows.joined(separator: "\n")
      let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
        for _ in 0..<4 { group.addTask { try await Self.send(sheet, to: "members", api) } }
        return try await group.reduce(into: [Reply]()) { $0.append($1) }
      }
      #expect(
        replies.map(Self.counts).sorted { $0[0] > $1[0] } == [[200, 0, 0]] + Array(repeating: [0, 0, 200], count: 3))
    }
  }

  private static func send(_ sheet: String, to kind: String, _ api: Asker, query: String = "") async throws -> Reply {
    try await api.send(
      .post, "\(kind)/imports\(query)", body: Array(sheet.utf8), headers: [.contentType: "text/csv; charset=utf-8"])
  }

  private static func counts(_ reply: Reply) -> [Int] {
    ["created", "updated", "unchanged"].map { name in
      if case .number(let digits)? = reply.json[name] { Int(digits) ?? -1 } else { -1 }
    }
  }
}
