import Foundation
import Identifiers
import Postgres
import TestSupport
import Testing

@testable import Community
@testable import Tenancy

@Suite struct GroupListTests {
  private func filter(_ fields: [String: Any]) throws -> GroupFilter { try decoded(fields) }

  private func names(_ brand: BrandFixture, _ fields: [String: Any]) async throws -> [String] {
    let request = SortedPageRequest(by: GroupOrder.created, limit: 200)
    return try await GroupStore(brand.reader).page(request, try filter(fields)).items.map(\.name)
  }

  @Test func everyFilterFindsWhatItSaysAndNothingElse() async throws {
    try await withBrand { brand in
      let (channel, keeper, standIn) = (try await brand.addChannel(), PersonID(), PersonID())
      let drafts: [GroupDraft] = try [
        [
          "name": "上海Aa一群", "external_id": "WR-1", "platform": "wecom", "channel_id": channel.description, "kind": "福利",
          "region": "上海", "tags": ["新客", "VIP"], "keeper_id": keeper.description, "stand_in_id": standIn.description,
          "announcement": "今晚开团", "size": 100,
        ],
        ["name": "北京二群", "platform": "wechat", "kind": "知识", "tags": ["老客"], "size": 0, "state": "full"],
        ["name": "100%_三群", "state": "closed"],
      ].map { try decoded($0) }
      try await brand.work { transaction in
        for draft in drafts { _ = try await GroupStore(transaction).create(draft) }
      }
      let (one, two, three) = ("上海Aa一群", "北京二群", "100%_三群")
      let cases: [([String: Any], [String])] = [
        ([:], [one, two, three]), (["state": ["open"]], [one]), (["state": ["full", "closed"]], [two, three]),
        (["state": ["merged"]], []), (["platform": "wechat"], [two]), (["kind": "福利"], [one]),
        (["region": "上海"], [one]),
        (["tag": "VIP"], [one]), (["tag": "vip"], []), (["channel": channel.description], [one]),
        (["reachable": false], [two, three]), (["keeper": keeper.description], [one]),
        (["keeper": standIn.description], []), (["kept": false], [two, three]),
        (["stand_in": standIn.description], [one]), (["announced": true], [one]), (["announced": false], [two, three]),
        (["q": "群"], [one, two, three]), (["q": "二群"], [two]), (["q": "群二"], []), (["q": "aA"], [one]),
        (["q": "wr-1"], [one]), (["q": "%_"], [three]), (["q": "_"], [three]), (["q": "  一群 "], [one]),
        (["q": " "], [one, two, three]),
        (["q": "'; drop table groups; --"], []), (["size_from": 0], [one, two]), (["size_from": 1], [one]),
        (["size_to": 99], [two, three]), (["size_from": 0, "size_to": 0], [two]),
        (["state": ["open", "full"], "q": "群", "size_to": 50], [two]),
      ]
      for (fields, expected) in cases { #expect(try await names(brand, fields) == expected, "\(fields)") }
      let tally = try await GroupStore(brand.reader).tally(try filter(["q": "群", "state": ["open"]]))
      #expect(tally.map(\.groups) == [1, 1, 0, 1] && tally.map(\.state) == Group.State.allCases)
    }
  }

  @Test func whatNoGroupCanHaveIsNamed() throws {
    let fields: [String: Any] = [
      "q": String(repeating: "长", count: 101), "tag": "\u{202E}", "size_from": -1, "state": [],
    ]
    let filter = try filter(fields)
    let problems = #expect(throws: InvalidInput.self) { try filter.validate(at: "/filter/") }?.problems ?? []
    #expect(
      Dictionary(uniqueKeysWithValues: problems.map { ($0.field, $0.code) }) == [
        "/filter/q": .tooLong, "/filter/tag": .malformed, "/filter/size_from": .outOfRange, "/filter/state": .required,
      ])
  }

  /// However rows are ordered, pages of any length together are the list, also while groups change between them.
  @Test(arguments: GroupOrder.allCases, [false, true])
  func pagesTogetherAreTheList(_ order: GroupOrder, _ isDescending: Bool) async throws {
    try await withBrand { brand in
      try await brand.work { transaction in
        for number in 0..<23 {
          let names = ["上海", "北京", "Anna", "anna", "群~a+b&c=d", "👨‍👩‍👧", "北京"]
          var fields: [String: Any] = ["name": names[number % names.count]]
          if number % 4 > 0 { fields["size"] = number % 3 }
          _ = try await GroupStore(transaction).create(try decoded(fields))
        }
      }
      let store = GroupStore(brand.reader)
      func request(_ limit: Int, _ after: SortedPageRequest<GroupOrder>.Place?) -> SortedPageRequest<GroupOrder> {
        SortedPageRequest(by: order, isDescending: isDescending, limit: limit, after: after)
      }
      let whole = try await store.page(request(100, nil)).items
      #expect(whole.count == 23)
      for limit in [1, 4, 22, 23] {
        var (seen, after) = ([Group](), nil as SortedPageRequest<GroupOrder>.Place?)
        while true {
          let page = try await store.page(request(limit, after))
          seen += page.items
          guard page.hasMore, let last = page.items.last else { break }
          after = request(limit, nil).place(of: last)
        }
        #expect(seen == whole, "\(limit)")
      }
      switch order {
      case .created:
        let ids = whole.map(\.id)
        #expect(ids == (isDescending ? ids.sorted().reversed() : ids.sorted()))
      case .size:
        let sizes = whole.map { $0.size ?? -1 }
        #expect(sizes == (isDescending ? sizes.sorted().reversed() : sizes.sorted()))
      case .name:
        // By Pinyin: Beijing before Shanghai.
        let (beijing, shanghai) = (whole.firstIndex { $0.name == "北京" }, whole.firstIndex { $0.name == "上海" })
        #expect((try #require(beijing) < (try #require(shanghai))) != isDescending)
      }
    }
  }

  @Test func aSizeThatIsNoneIsRefused() async throws {
    try await withBrand { brand in
      let request = SortedPageRequest(
        by: GroupOrder.size, limit: 1, after: .init(value: "x", id: UUID()))
      await #expect(throws: InvalidInput("after", .malformed, actual: "x")) {
        try await GroupStore(brand.reader).page(request)
      }
    }
  }

  /// What an index knows is found by it; of all else the groups' own rows are read once at most, which are short: what
  /// is announced is kept apart.
  @Test func noFilterIsSlowAtTwentyThousandGroups() async throws {
    try await withBrand { brand in
      let keepers = (0..<100).map { _ in PersonID() }
      try await brand.addManyGroups(20_000, keepers: keepers)
      let known: [[String: Any]] = [
        [:], ["state": ["closed"]], ["state": ["merged"]], ["state": ["open"]], ["tag": "稀有"], ["tag": "新客"],
        ["keeper": keepers[3].description], ["reachable": true],
      ]
      let others: [[String: Any]] = [
        ["state": ["full"]], ["tag": "标签7"], ["q": "没有这样的名字"], ["q": "1234"], ["q": "wr-777"], ["q": "上海"],
        ["kept": false],
        ["announced": true], ["platform": "wechat"], ["kind": "种类7"], ["region": "区域7"], ["region": "没有"],
        ["stand_in": keepers[0].description], ["size_from": 499], ["size_to": 1], ["q": "群", "region": "没有"],
        ["q": "宝妈", "state": ["open"], "size_from": 498],
      ]
      var slowest = (milliseconds: 0.0, what: "")
      for (filters, most) in [(known, 3_000), (others, 21_500)] {
        for fields in filters {
          for order in GroupOrder.allCases {
            for isDescending in [false, true] {
              let request = SortedPageRequest(by: order, isDescending: isDescending, limit: 50)
              let seen = try await Explained(GroupStore.list(request, try filter(fields), "true"), brand)
              #expect(seen.rows <= most, "\(fields) by \(order) \(isDescending): \(seen)")
              if seen.milliseconds > slowest.milliseconds { slowest = (seen.milliseconds, "\(fields) by \(order)") }
            }
          }
        }
      }
      let tally = try await Explained(GroupStore.tallying(try filter(["q": "上海"])), brand)
      #expect(tally.rows <= 20_000, "\(tally)")
      print("groups: the slowest list took \(slowest.milliseconds) ms: \(slowest.what); tabs \(tally.milliseconds) ms")
    }
  }

  /// A later page begins where the one before ended, and reads no more than the first.
  @Test(arguments: GroupOrder.allCases) func noPageIsSlowHoweverLate(_ order: GroupOrder) async throws {
    try await withBrand { brand in
      try await brand.addManyGroups(20_000, keepers: [PersonID()])
      let store = GroupStore(brand.reader)
      let place = try await brand.query("select id from groups order by external_id limit 1 offset 10000").first
      let middle = try await store.group(try #require(place).value("id"))
      let first = SortedPageRequest(by: order, limit: 50)
      let request = SortedPageRequest(by: order, limit: 50, after: first.place(of: middle))
      let seen = try await Explained(GroupStore.list(request, GroupFilter(), try request.place), brand)
      #expect(seen.rows <= 200, "\(seen)")
    }
  }

  /// The control: without the indexes the same question reads far more.
  @Test func withoutIndexesMoreWouldBeRead() async throws {
    try await withBrand { brand in
      let keepers = (0..<100).map { _ in PersonID() }
      try await brand.addManyGroups(20_000, keepers: keepers)
      try await brand.deployment.owner.transaction { transaction in
        for index in ["groups_by_keeper", "groups_by_tag"] {
          _ = try await transaction.query("drop index \(identifier: brand.brand.schema).\(identifier: index)")
        }
      }
      for fields in [["keeper": keepers[3].description], ["tag": "稀有"]] {
        let request = SortedPageRequest(by: GroupOrder.created, limit: 50)
        let seen = try await Explained(GroupStore.list(request, try filter(fields), "true"), brand)
        #expect(seen.rows > 3_000, "\(fields): \(seen)")
      }
    }
  }
}

/// What a statement did, as the server tells.
struct Explained: CustomStringConvertible {
  /// Rows that were looked at in tables, whether they were of use or not.
  let rows: Int
  /// How long it took, to look at.
  let milliseconds: Double
  let description: String

  init(_ sql: SQL, _ brand: BrandFixture) async throws {
    let result = try await brand.query("explain (analyze, timing off, format json) \(sql)")
    let plan = try #require(result.first).value(at: 0, as: JSON.self)
    description = plan.text
    let root = try JSONSerialization.jsonObject(with: Data(plan.bytes)) as? [[String: Any]]
    milliseconds = root?.first?["Execution Time"] as? Double ?? 0
    rows = Self.rows(try #require(root?.first?["Plan"] as? [String: Any]))
  }

  private static func rows(_ node: [String: Any]) -> Int {
    let loops = node["Actual Loops"] as? Int ?? 1
    let looked = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"]
      .reduce(0) { $0 + (node[$1] as? Int ?? 0) }
    let own = (node["Node Type"] as? String ?? "").contains("Scan") ? looked * loops : 0
    return own + (node["Plans"] as? [[String: Any]] ?? []).reduce(0) { $0 + rows($1) }
  }
}
