import Community
import Foundation
import HTTPTypes
import Sheets
import Tenancy
import Testing

@testable import API

@Suite struct ImportTests {
  private func withBrand(_ body: @escaping @Sendable (Bringing) async throws -> Void) async throws {
    try await withAPI { api, house in try await body(try await Bringing(api, house)) }
  }

  @Test func aRepeatedImportChangesNothing() async throws {
    try await withBrand { brand in
      let robot = UUID().uuidString.lowercased()
      let groups = """
        群名称,群ID,区域,群类型,群标签,群主,群容量,webhook地址,备注
        芽伴｜上海一群,wr-1,上海浦东,新客群,新客；0-6月,小芽老师,300,https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=\(robot),好群
        芽伴｜上海二群,,上海徐汇,,,,,,
        """
      let first = try await brand.bring(groups, of: "groups")
      #expect(first.counts == [2, 0, 0, 0], "\(first)")
      #expect(first.json["state"]?.string == "done" && !first.text.contains(robot), "\(first)")
      #expect(try await brand.bring(groups, of: "groups").counts == [0, 0, 2, 0])
      let changed = groups.replacing("上海浦东", with: "上海静安")
      #expect(try await brand.bring(changed, of: "groups").counts == [0, 1, 1, 0])

      let listed = try await brand.api.get("groups").items
      #expect(listed.count == 2 && listed[0]["region"]?.string == "上海静安" && listed[0]["version"] == .number("2"))
      #expect(listed[0]["tags"] == .array([.string("新客"), .string("0-6月")]))
      let channels = try await brand.api.get("channels")
      #expect(channels.items.count == 1 && !channels.text.contains(robot))
      #expect(listed[0]["channel_id"] == channels.items[0]["id"] && listed[1]["channel_id"] == nil)
    }
  }

  @Test func membersComeWithTheirGroups() async throws {
    try await withBrand { brand in
      let api = brand.api
      _ = try await brand.bring("群名称,群ID\n一群,wr-1\n二群,wr-2\n", of: "groups")
      let members = """
        会员编号,昵称,手机号,生日,所在群,入群时间
        m1,小鱼妈,138 0000 0001,1993/5/20,一群；wr-2,2026-03-01 09:30
        m2,阿May,,,一群,
        ,路过的,13800000003,,二群,
        ,无名氏,,,二群,
        """
      #expect(try await brand.bring(members, of: "members").counts == [4, 0, 0, 0])
      #expect(try await brand.bring(members, of: "members").counts == [0, 0, 4, 0])
      let listed = try await api.get("members").items
      #expect(listed.count == 4 && listed[0]["phone"]?.string == "+8613800000001")
      #expect(listed[0]["birthday"]?.string == "1993-05-20")
      let groups = try await api.get("groups").items.compactMap { $0["id"]?.string }
      let places = try await api.get("groups/\(groups[0])/members").items
      #expect(places.compactMap { $0["name"]?.string } == ["小鱼妈", "阿May"])
      #expect(places[0]["joined_at"]?.string == "2026-03-01T01:30:00.000Z", "09:30 in Shanghai")
      #expect(try await api.get("groups/\(groups[1])/members").items.count == 3)
      let moved = try await brand.bring("会员编号,昵称,所在群\nm2,阿May,二群\n", of: "members")
      #expect(moved.counts == [0, 1, 0, 0])
      #expect(try await api.get("groups/\(groups[1])/members").items.count == 4)
    }
  }

  @Test func channelsAreKnownByTheirRobots() async throws {
    try await withBrand { brand in
      let robots = (0..<2).map { _ in UUID().uuidString.lowercased() }
      let sheet = "渠道名称,机器人地址,每月上限\n甲,\(robots[0]),1000\n乙,\(robots[1]),\n"
      #expect(try await brand.bring(sheet, of: "channels").counts == [2, 0, 0, 0])
      #expect(try await brand.bring(sheet, of: "channels").counts == [0, 0, 2, 0])
      let changed = try await brand.bring("渠道名称,机器人地址\n丙,\(robots[0])\n丁,坏\n戊,\n", of: "channels")
      #expect(changed.counts == [0, 1, 0, 2], "\(changed)")
      #expect(try await brand.problems(changed.id) == ["3 机器人地址 malformed_robot", "4 机器人地址 required"])
      let listed = try await brand.api.get("channels").items
      #expect(Set(listed.compactMap { $0["name"]?.string }) == ["丙", "乙"])
      #expect(listed.first { $0["name"]?.string == "丙" }?["monthly_quota"] == .number("1000"))
      #expect(try await brand.undo(changed.id).undoCounts == [1, 0])
      #expect(Set(try await brand.api.get("channels").items.compactMap { $0["name"]?.string }) == ["甲", "乙"])
    }
  }

  @Test func rowsWithProblemsAreLeftOutAndNamed() async throws {
    try await withBrand { brand in
      let api = brand.api
      _ = try await brand.bring("群名称\n一群\n", of: "groups")
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
        1.38E+10,编号坏了,,一群
        #REF!,公式坏了,,一群
        """
      let all = try await brand.bring(sheet, of: "members", rows: #""all""#)
      #expect(all.status == 422 && all.errors == ["/rows": "unknown_value"], "\(all)")
      #expect(try await api.get("members").items.count == 1)
      let reply = try await brand.bring(sheet, of: "members")
      #expect(reply.counts == [1, 0, 0, 8], "\(reply)")
      #expect(
        try await brand.problems(reply.id) == [
          "3 手机号 malformed_phone", "4 groups unknown_group", "5 groups ambiguous_group", "6 phone taken",
          "7 会员编号 duplicate", "8 name too_long", "9 会员编号 digits_lost", "10 会员编号 formula_failed",
        ])
      let page = try await api.get("imports/\(reply.id)/problems?limit=3")
      #expect(page.items.count == 3 && page.headers[.link]?.contains("after=5") == true, "\(page.headers)")
      #expect(page.items.allSatisfy { $0["detail"]?.string?.isEmpty == false })
      #expect(try await api.get("members").items.count == 2)
    }
  }

  @Test(arguments: SheetFileFormat.allCases)
  func rowsAreMendedAndBroughtAgain(_ format: SheetFileFormat) async throws {
    try await withBrand { brand in
      let sheet = "会员编号,昵称,手机号,备注\nm1,好,13800000001,\n007,=坏,1234,\"两行\n备注\"\n008,也坏,,\n009,+重,+8613800000001,\n"
      let first = try await brand.bring(sheet, of: "members")
      #expect(first.counts == [2, 0, 0, 2], "\(first)")
      let file = try await brand.api.get("imports/\(first.id)/problems.\(format.rawValue)")
      #expect(file.status == 200 && file.headers[.contentType] == format.mediaType)
      let (rows, spool) = try read(file.bytes)
      #expect(rows[0] == ["会员编号", "昵称", "手机号", "备注", "问题（改好后再上传）"], "\(rows)")
      #expect(rows[1].prefix(4) == ["007", format == .csv ? "'=坏" : "=坏", "1234", "两行\n备注"], "\(rows)")
      #expect(rows[1][4].contains("手机号"))
      // Mended as a person does, in what the file says.
      let writer = try format.writer(rows[0].map { SheetTitle($0) }, name: "1")
      for row in rows.dropFirst() {
        var cells = row.map { format == .csv ? FormulaGuard.removed(from: $0) : $0 }
        if cells[2] == "1234" { cells[2] = "13800000002" }
        if cells[0] == "009" { cells[2] = "13800000009" }
        try writer.append(cells.map { .text($0) })
      }
      _ = spool
      let mended = try writer.finish()
      let uploaded = try await brand.upload(
        try mended.read(at: 0, count: mended.size), of: "members", type: "application/octet-stream")
      #expect(uploaded.status == 201, "\(uploaded)")
      _ = try await brand.check(uploaded.id)
      let second = try await brand.run(uploaded.id, rows: #""all""#)
      #expect(second.json["state"]?.string == "done", "\(second)")
      let names = Set(try await brand.api.get("members").items.compactMap { $0["name"]?.string })
      #expect(names == ["好", "=坏", "也坏", "+重"], "\(names)")
    }
  }

  @Test func aCheckOnlySays() async throws {
    try await withBrand { brand in
      let sheet = "群名称,群容量,webhook地址\n一群,300,\(UUID().uuidString.lowercased())\n二群,多,\n"
      let checked = try await brand.check(sheet, of: "groups")
      #expect(checked.json["state"]?.string == "checked" && checked.counts == [1, 0, 0, 1], "\(checked)")
      #expect(try await brand.api.get("groups").items.isEmpty)
      #expect(try await brand.api.get("channels").items.isEmpty)
    }
  }

  @Test func someRowsAreChosen() async throws {
    try await withBrand { brand in
      let checked = try await brand.check("群名称,容量\n一群,\n二群,\n三群,x\n四群,\n", of: "groups")
      let bad = try await brand.run(checked.id, rows: "[2, 4]")
      #expect(bad.status == 422 && bad.errors == ["/rows": "unknown_reference"], "\(bad)")
      #expect(try await brand.run(checked.id, rows: "[]").status == 422)
      #expect(try await brand.run(checked.id, rows: #""some""#).errors == ["/rows": "unknown_value"])
      #expect(try await brand.run(checked.id, rows: "[5, 2, 2]").counts == [2, 0, 0, 0])
      #expect(try await brand.api.get("groups").items.compactMap { $0["name"]?.string } == ["一群", "四群"])
    }
  }

  @Test func columnsAreMatchedAndRemembered() async throws {
    try await withBrand { brand in
      let sheet = "编号,叫什么,电话?\n007,小鱼,13800000001\n"
      let uploaded = try await brand.upload(Array(sheet.utf8), of: "members")
      #expect(uploaded.status == 201, "\(uploaded)")
      #expect(uploaded.json["columns"] == .object([:]) || uploaded.json["columns"]?["nickname"] == nil)
      #expect(uploaded.json["preview"] == .array([.array(["007", "小鱼", "13800000001"].map { .string($0) })]))
      let unmatched = try await brand.check(uploaded.id)
      #expect(unmatched.status == 422 && unmatched.problem == "/problems/unreadable-sheet", "\(unmatched)")
      let path = "imports/\(uploaded.id)/mapping"
      let wrong = try await brand.api.json(
        .put, path, #"{"columns": {"nickname": 2, "phone": 9, "shoe": 1, "name": 2}}"#)
      #expect(
        wrong.errors == [
          "/columns/phone": "out_of_range", "/columns/shoe": "unknown_field", "/columns/nickname": "taken",
        ], "\(wrong)")
      let mapped = try await brand.api.json(
        .put, path, #"{"columns": {"nickname": 2, "phone": 3, "external_id": 1}}"#)
      #expect(mapped.status == 200, "\(mapped)")
      #expect(
        try await brand.api.json(.put, path, #"{"columns": {"nickname": 2}}"#, headers: [.ifMatch: "\"v1\""]).status
          == 412)
      _ = try await brand.check(uploaded.id)
      #expect(try await brand.run(uploaded.id).counts == [1, 0, 0, 0])
      #expect(try await brand.api.get("members").items.first?["external_id"]?.string == "007")
      let again = try await brand.upload(Array(sheet.utf8), of: "members")
      #expect(again.json["columns"]?["nickname"] == .number("2"), "\(again)")
    }
  }

  @Test func anUndoTakesBackWhatNobodyHasTouched() async throws {
    try await withBrand { brand in
      let api = brand.api
      let robot = UUID().uuidString.lowercased()
      _ = try await api.post("groups", #"{"name": "老群", "region": "北京", "tags": ["a"]}"#)
      let groups = try await brand.bring("群名称,区域,机器人\n老群,上海,\(robot)\n新群,广州,\n留群,,\n", of: "groups")
      #expect(groups.counts == [2, 1, 0, 0], "\(groups)")
      _ = try await api.post("members", #"{"name": "老人", "external_id": "m0"}"#)
      let members = try await brand.bring(
        "会员编号,昵称,所在群\nm0,老人改,新群\nm1,新人,新群\nm2,改人,老群\nm3,多群,老群\n", of: "members")
      #expect(members.counts == [3, 1, 0, 0], "\(members)")
      let listed = try await api.get("members").items
      let ids = Dictionary(
        uniqueKeysWithValues: listed.map { ($0["external_id"]?.string ?? "", $0["id"]?.string ?? "") })
      let kept = try await api.get("groups").items.first { $0["name"]?.string == "留群" }?["id"]?.string ?? ""
      _ = try await api.json(.patch, "members/\(ids["m2"] ?? "")", #"{"name": "人改过"}"#)
      _ = try await api.json(.put, "groups/\(kept)/members/\(ids["m3"] ?? "")", "{}")

      let early = try await brand.undo(groups.id)
      #expect(early.undoCounts == [2, 2], "\(early)")
      #expect(try await brand.problems(early.id) == ["3  in_use", "4  in_use"])

      let undone = try await brand.undo(members.id)
      #expect(undone.json["state"]?.string == "undone" && undone.undoCounts == [2, 2], "\(undone)")
      #expect(try await brand.problems(undone.id) == ["4  edited_since", "5  in_use"])
      let left = try await api.get("members").items
      #expect(left.compactMap { $0["name"]?.string } == ["老人", "人改过", "多群"], "\(left)")
      let group = try await api.get("groups").items.first { $0["name"]?.string == "老群" }
      #expect(group?["region"]?.string == "北京" && group?["channel_id"] == nil, "\(String(describing: group))")
      #expect(try await api.get("channels").items.isEmpty)
      #expect(try await brand.undo(undone.id).status == 409)
    }
  }

  /// A transaction that waited for a second connection while it holds one would wait for others that do the same.
  @Test func moreChannelsAtOnceThanThereAreConnections() async throws {
    try await withBrand { brand in
      let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
        for number in 0..<40 {
          let robot = UUID().uuidString.lowercased()
          group.addTask {
            number.isMultiple(of: 4)
              ? try await brand.bring("群名称,webhook地址\n群\(number),\(robot)\n", of: "groups")
              : try await brand.api.post("channels", #"{"kind": "wecom_robot", "name": "a", "webhook": "\#(robot)"}"#)
          }
        }
        return try await group.reduce(into: [Reply]()) { $0.append($1) }
      }
      #expect(replies.allSatisfy { $0.status == 201 || $0.status == 200 }, "\(replies)")
      #expect(try await brand.api.get("channels").items.count == 40)
    }
  }

  @Test func aRobotOfAnotherBrandIsAProblemOfItsRow() async throws {
    try await withAPI { api, house in
      let robot = UUID().uuidString.lowercased()
      let theirs = try await Bringing(api.with(key: house.otherKey), house, of: house.otherAgency)
      #expect(try await theirs.bring("群名称,webhook地址\n一群,\(robot)\n", of: "groups").counts == [1, 0, 0, 0])
      let ours = try await Bringing(api, house)
      let reply = try await ours.bring("群名称,webhook地址\n一群,\(robot)\n二群,\n", of: "groups")
      #expect(reply.counts == [1, 0, 0, 1] && !reply.text.contains(robot), "\(reply)")
      #expect(try await ours.problems(reply.id) == ["2 webhook taken"])
    }
  }

  @Test(
    arguments: [
      ([0xEF, 0xBB, 0xBF] + Array("群名称\n一群\n".utf8), ""), ([], "empty"), (Array("\n\n".utf8), "empty"),
      (Array("群名称\n\"一群".utf8), "unterminated"), (Array("群名称\n".utf8) + [0xE4, 0xB8] + Array("，群群群群群\n".utf8), "text"),
      (Array(String(repeating: ",", count: 1_000_000).utf8), "256"), ([0x50, 0x4B, 3, 4], "damaged"),
      ([0xD0, 0xCF, 0x11, 0xE0], "xls"), (Array("<html>".utf8), "web page"), ([0, 1, 2, 3], "no sheet"),
      // GB18030: 群名称, 一群.
      ([0xC8, 0xBA, 0xC3, 0xFB, 0xB3, 0xC6, 0x0A, 0xD2, 0xBB, 0xC8, 0xBA, 0x0A], ""),
    ] as [([UInt8], String)])
  func aFileIsReadWholeOrRefused(bytes: [UInt8], words: String) async throws {
    try await withAPI { api, house in
      var english = api
      english.language = "en"
      let brand = try await Bringing(english, house)
      let reply = try await brand.upload(bytes, of: "groups")
      if words.isEmpty {
        #expect(reply.status == 201, "\(reply)")
        _ = try await brand.check(reply.id)
        #expect(try await brand.run(reply.id).counts == [1, 0, 0, 0])
      } else {
        #expect(reply.status == 422 && reply.problem == "/problems/unreadable-sheet", "\(reply)")
        let detail = reply.json["detail"]?.string ?? ""
        #expect(
          words == "empty" ? detail.contains("header") : detail.contains(words) || detail.contains("does not end"),
          "\(detail)")
        #expect(try await brand.api.get("imports").items.isEmpty)
      }
    }
  }

  @Test func whatIsAskedWronglyIsSaid() async throws {
    try await withBrand { brand in
      let sheet = Array("群名称\n一群\n".utf8)
      func errors(_ query: String) async throws -> [String: String] {
        try await brand.api.send(.post, "imports\(query)", body: sheet, headers: [.contentType: "text/csv"]).errors
      }
      #expect(try await errors("") == ["subject": "required"])
      #expect(try await errors("?subject=cats&name=a") == ["subject": "unknown_value"])
      #expect(try await errors("?subject=groups") == ["name": "required"])
      #expect(try await errors("?subject=groups&name=%00") == ["name": "malformed"])
      #expect(try await errors("?subject=groups&name=" + String(repeating: "a", count: 201)) == ["name": "too_long"])
      #expect(try await brand.upload(sheet, of: "groups", type: "text/plain").status == 415)
      let uploaded = try await brand.upload(sheet, of: "groups")
      #expect(try await brand.api.json(.put, "imports/\(uploaded.id)/run", #"{"rows": "all"}"#).status == 409)
      #expect(try await brand.api.send(.put, "imports/\(uploaded.id)/undo").status == 409)
    }
  }

  @Test func anUploadIsKeptOncePerKey() async throws {
    try await withBrand { brand in
      let key = try #require(HTTPField.Name("Idempotency-Key"))
      let headers: HTTPFields = [.contentType: "text/csv", key: "k1"]
      let body = Array("群名称\n一群\n".utf8)
      let path = "imports?subject=groups&name=a.csv"
      let first = try await brand.api.send(.post, path, body: body, headers: headers)
      let second = try await brand.api.send(.post, path, body: body, headers: headers)
      #expect(first.status == 201 && second.id == first.id)
      #expect(try await brand.api.send(.post, path, body: body + body, headers: headers).status == 422)
      #expect(try await brand.api.get("imports").items.count == 1)
    }
  }

  @Test func twoImportsAtOnceMakeEachMemberOnce() async throws {
    try await withBrand { brand in
      _ = try await brand.bring("群名称\n一群\n", of: "groups")
      let rows = (1...200).map { "m\($0),会员\($0),一群" }
      let sheet = "会员编号,昵称,所在群\n" + rows.joined(separator: "\n")
      let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
        for _ in 0..<4 { group.addTask { try await brand.bring(sheet, of: "members") } }
        return try await group.reduce(into: [Reply]()) { $0.append($1) }
      }
      let made = replies.map(\.counts).sorted { $0[0] > $1[0] }
      #expect(made == [[200, 0, 0, 0]] + Array(repeating: [0, 0, 200, 0], count: 3))
    }
  }

  private func read(_ bytes: [UInt8]) throws -> (rows: [[String]], file: SpoolFile) {
    let file = try SpoolFile(bytes)
    var rows = try SheetDocument(file).rows()
    var all: [[String]] = []
    while let row = try rows.next() { all.append(row.cells.map(\.text)) }
    return (all, file)
  }
}
