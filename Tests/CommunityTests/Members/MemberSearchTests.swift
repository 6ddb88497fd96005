import Foundation
import Identifiers
import Postgres
import TestSupport
import Testing

@testable import Community
@testable import Tenancy

@Suite struct MemberSearchTests {
  private func names(_ brand: BrandFixture, _ filter: MemberFilter) async throws -> [String] {
    try await MemberStore(brand.reader).page(PageRequest(limit: 100, after: nil), filter).items.map(\.name)
  }

  @Test func aPersonIsFoundByWhatOneKnowsOfThem() async throws {
    try await withBrand { brand in
      let fish = try await brand.addMember("小鱼妈", ["phone": "+8613812345678", "external_id": "m-1", "tags": ["宝妈"]])
      _ = try await brand.addMember("Anna 鱼", ["phone": "+8613800005678", "do_not_disturb": true])
      _ = try await brand.addMember("100%_王", ["external_id": "5678"])
      _ = try await brand.addMember("👨‍👩‍👧 王")
      let group = try await brand.addGroup()
      try await brand.work { try await MemberStore($0).join(fish, to: group) }
      let (one, two, three, four) = ("小鱼妈", "Anna 鱼", "100%_王", "👨‍👩‍👧 王")
      func found(_ set: (inout MemberFilter) -> Void) async throws -> [String] {
        var filter = MemberFilter()
        set(&filter)
        return try await names(brand, filter)
      }
      let texts: [(String, [String])] = [
        ("", [one, two, three, four]), ("鱼", [one, two]), ("鱼小", []), ("小鱼", [one]), ("ANNA", [two]), ("a 鱼", [two]),
        ("%", [three]), ("_", [three]), ("👧", [four]), ("m-1", [one]), ("5678", [one, two, three]), ("05678", [two]),
        ("+8613812345678", [one]), ("13812345678", [one]), ("678", []), ("'; drop table members; --", []),
      ]
      for (text, expected) in texts { #expect(try await found { $0.text = text } == expected, "\(text)") }
      #expect(try await found { $0.phoneTail = "12345678" } == [one])
      #expect(try await found { $0.externalID = "5678" } == [three])
      #expect(try await found { $0.tag = "宝妈" } == [one])
      #expect(try await found { $0.doNotDisturb = true } == [two])
      #expect(try await found { $0.group = group } == [one])
      try await brand.work { try await MemberStore($0).leave(fish, from: group) }
      #expect(try await found { $0.group = group } == [])
    }
  }

  /// Who sees only tails must not find a number digit by digit.
  @Test func whoSeesOnlyTailsLooksForNoMore() async throws {
    try await withBrand { brand in
      _ = try await brand.addMember("小鱼妈", ["phone": "+8613812345678"])
      var filter = MemberFilter()
      filter.text = "45678"
      #expect(try await names(brand, filter.limited(to: .whole)) == ["小鱼妈"])
      #expect(try await names(brand, filter.limited(to: .tail)) == [])
      filter.text = "5678"
      #expect(try await names(brand, filter.limited(to: .tail)) == ["小鱼妈"])
      filter.text = nil
      for (tail, phones, isFine) in [
        ("5678", PhoneView.tail, true), ("45678", .tail, false), ("45678", .whole, true), ("678", .whole, false),
        ("５６７８", .whole, false), ("%%%%", .tail, false),
      ] {
        filter.phoneTail = tail
        let sought = filter
        if isFine {
          #expect(throws: Never.self) { try sought.validate(phones) }
        } else {
          #expect(throws: InvalidInput.self, "\(tail)") { try sought.validate(phones) }
        }
      }
    }
  }

  /// 100,000 members with names as they are: few characters, many of them often. They are read once at most, and a phone's
  /// tail is found by its index.
  @Test func aNameIsFoundAmongAHundredThousand() async throws {
    try await withBrand { brand in
      try await brand.query(
        """
        insert into members (id, name, phone, external_id)
        select gen_random_uuid(),
          (array['小', '大', '阿', '豆', '米', '果', '糖', '朵', '安', '乐'])[1 + n % 10]
            || (array['鱼', '雨', '宝', '豆', '米', '果', '糖', '朵', '安', '乐', '晨', '晴'])[1 + n / 10 % 12]
            || case when n % 3 > 0 then '妈' else n::text end,
          '+86138' || lpad(n::text, 8, '0'), 'm-' || n
        from generate_series(1, 100000) n
        """)
      try await brand.query(
        "insert into members (id, name) values (gen_random_uuid(), '欧阳锋'), (gen_random_uuid(), 'Zoë')")
      try await brand.deployment.owner.transaction { transaction in
        _ = try await transaction.query("analyze \(identifier: brand.brand.schema).members")
      }
      for text in ["欧阳", "zoë", "没有", "m-77", "4321", "13800004321", "小鱼", "妈", "朵朵妈", "9999"] {
        var filter = MemberFilter()
        filter.text = text
        let sql = MemberStore.list(PageRequest(limit: 50, after: nil), filter)
        let seen = try await Explained(sql, brand)
        #expect(seen.rows <= 100_002, "\(text): \(seen)")
        print("members: \(text) took \(seen.milliseconds) ms, \(seen.rows) rows")
      }
      var filter = MemberFilter()
      filter.phoneTail = "4321"
      let seen = try await Explained(MemberStore.list(PageRequest(limit: 50, after: nil), filter), brand)
      #expect(seen.rows <= 100, "\(seen)")
    }
  }
}
