import Foundation
import Identifiers
import Testing

@testable import Community

@Suite struct PagingTests {
  /// Reads a list page by page while it grows between the pages.
  private func walk<Item: Sendable>(
    limit: Int, id: (Item) -> UUID, page: (PageRequest) async throws -> Page<Item>, grow: () async throws -> Void
  ) async throws -> [UUID] {
    var (seen, after) = ([UUID](), nil as UUID?)
    while true {
      let page = try await page(PageRequest(limit: limit, after: after))
      seen += page.items.map(id)
      #expect(page.items.count <= limit)
      guard page.hasMore, let last = page.items.last, seen.count < 100 else { return seen }
      after = id(last)
      if seen.count < 12 { try await grow() }
    }
  }

  private func wish(_ limit: Int, after id: UUID? = nil) -> SortedPageRequest<GroupOrder> {
    SortedPageRequest(by: .created, limit: limit, after: id.map { .init(value: "", id: $0) })
  }

  private func having(_ tag: String) -> GroupFilter {
    var filter = GroupFilter()
    filter.tag = tag
    return filter
  }

  @Test(arguments: [1, 2, 3, 7]) func noRowIsRepeatedOrHiddenByWhatIsAdded(_ limit: Int) async throws {
    try await withBrand { brand in
      for number in 0..<7 { _ = try await brand.addGroup("\(number)群") }
      let before = try await GroupStore(brand.reader).page(wish(100)).items.map(\.id)
      var added: [UUID] = []
      let seen = try await walk(
        limit: limit, id: { (group: Group) in group.id.uuid },
        page: { try await GroupStore(brand.reader).page(wish($0.limit, after: $0.after)) },
        grow: { added.append(try await brand.addGroup("新群").uuid) })
      #expect(Array(seen.prefix(7)) == before.map(\.uuid))
      #expect(Array(seen.dropFirst(7)) == added)
      #expect(Set(seen).count == seen.count)
    }
  }

  @Test func aPageThatIsExactlyFullHasNoMore() async throws {
    try await withBrand { brand in
      for number in 0..<4 { _ = try await brand.addGroup("\(number)群", tags: number < 3 ? ["新手"] : []) }
      let store = GroupStore(brand.reader)
      #expect(try await !store.page(wish(4)).hasMore)
      #expect(try await store.page(wish(3)).hasMore)
      let tagged = try await store.page(wish(3), having("新手"))
      #expect(tagged.items.count == 3)
      #expect(!tagged.hasMore)
      #expect(try await store.page(wish(3), having("没有")).items.isEmpty)
    }
  }

  @Test func everyListGoesOnAfterItsLastRow() async throws {
    try await withBrand { brand in
      let channel = try await brand.addChannel()
      _ = try await brand.addChannel("另一个")
      for number in 0..<2 { _ = try await brand.addGroup("\(number)群", through: channel) }
      let group = try await brand.addGroup("三群", through: channel)
      for number in 0..<3 {
        let draft: MemberDraft = try decoded(["name": "\(number)号"])
        try await brand.work { transaction in
          let member = try await MemberStore(transaction).create(draft)
          try await MemberStore(transaction).join(member, to: group)
          _ = try await MediaStore(transaction).create(name: "图", bytes: Data([1, 2, 3]))
        }
      }
      let contents = [try await brand.addText("一"), try await brand.addText("二")]
      let plan = try await brand.approvedPlan(contents, rule: brand.daily(["10:00"]))
      try await brand.makeDue([try await brand.touches(of: plan)[0].id])
      try await brand.fireAndExpand()
      let (reader, none) = (brand.reader, {})
      let counts = [
        try await walk(limit: 1, id: { $0.id.uuid }, page: ChannelStore(reader).page, grow: none).count,
        try await walk(limit: 1, id: { $0.id.uuid }, page: { try await MemberStore(reader).page($0) }, grow: none)
          .count,
        try await walk(limit: 1, id: { $0.id.uuid }, page: MediaStore(reader).page, grow: none).count,
        try await walk(limit: 1, id: { $0.id.uuid }, page: ContentStore(reader).page, grow: none).count,
        try await walk(limit: 1, id: { $0.id.uuid }, page: PlanStore(reader).page, grow: none).count,
        try await walk(
          limit: 1, id: { $0.memberID.uuid }, page: { try await MemberStore(reader).memberships(of: group, $0) },
          grow: none
        ).count,
        try await walk(
          limit: 2, id: { $0.id.uuid }, page: { try await DeliveryStore(reader).page($0, touch: nil, state: .ready) },
          grow: none
        ).count,
      ]
      #expect(counts == [2, 3, 3, 2, 1, 3, 3])
      let touches = try await walk(
        limit: 4, id: { $0.id.uuid }, page: { try await TouchStore(reader).page($0, plan: plan, state: .planned) },
        grow: none)
      #expect(try await touches.count == brand.touches(of: plan).count - 1)
    }
  }
}
