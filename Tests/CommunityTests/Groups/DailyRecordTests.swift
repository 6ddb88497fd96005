import Almanac
import Foundation
import Identifiers
import Testing

@testable import Community

@Suite struct DailyRecordTests {
  private let day = CivilDate(dayNumber: 20_000)

  private func draft(_ fields: [String: Any]) throws -> DailyRecordDraft { try decoded(fields) }

  @Test func aRecordIsReadAsItWasWrittenAndReplacedAsAWhole() async throws {
    try await withBrand { brand in
      let (group, person) = (try await brand.addGroup(), PersonID())
      let fields: [String: Any] = [
        "members": 100, "joins": 3, "leaves": 1, "speakers": 20, "messages": 300, "orders": 0, "remarks": "晚间秒杀\n热闹",
      ]
      let (full, less, none) = (try draft(fields), try draft(["joins": 4]), try draft([:]))
      let written = try await brand.work {
        try await DailyRecordStore($0).write(full, of: group, on: day, by: person)
      }
      let record = try #require(written)
      #expect(record.day == day && record.byID == person && record.remarks == "晚间秒杀\n热闹")
      #expect(
        [record.members, record.joins, record.leaves, record.speakers, record.messages, record.orders]
          == [100, 3, 1, 20, 300, 0])
      let replaced = try await brand.work { try await DailyRecordStore($0).write(less, of: group, on: day) }
      #expect(replaced?.joins == 4 && replaced?.members == nil && replaced?.remarks == nil && replaced?.byID == nil)
      #expect(try await brand.work { try await DailyRecordStore($0).write(none, of: group, on: day) } == nil)
      #expect(try await DailyRecordStore(brand.reader).records(of: group, day...day) == [])
      await #expect(throws: NotFound()) {
        try await brand.work { _ = try await DailyRecordStore($0).write(full, of: ID(), on: day) }
      }
    }
  }

  @Test func aRangeOfDaysIsInOrder() async throws {
    try await withBrand { brand in
      let (group, other) = (try await brand.addGroup(), try await brand.addGroup("另一个"))
      let draft = try draft(["joins": 1])
      for offset in [3, 0, 2, 5] {
        try await brand.work {
          _ = try await DailyRecordStore($0).write(draft, of: group, on: day.advanced(by: offset))
          _ = try await DailyRecordStore($0).write(draft, of: other, on: day.advanced(by: offset))
        }
      }
      let records = try await DailyRecordStore(brand.reader).records(of: group, day...day.advanced(by: 3))
      #expect(records.map(\.day) == [0, 2, 3].map { day.advanced(by: $0) })
    }
  }

  /// The newest number that is known is the group's size; an older day that is filled in later changes nothing.
  @Test func theNewestNumberOfMembersIsTheSize() async throws {
    try await withBrand { brand in
      let group = try await brand.addGroup()
      func write(_ fields: [String: Any], _ offset: Int) async throws -> (size: Int?, version: Int) {
        let draft = try draft(fields)
        try await brand.work {
          _ = try await DailyRecordStore($0).write(draft, of: group, on: day.advanced(by: offset))
        }
        let now = try await GroupStore(brand.reader).group(group)
        return (now.size, now.version)
      }
      #expect(try await write(["members": 10], 0) == (10, 2))
      #expect(try await write(["members": 10, "joins": 1], 0) == (10, 2))
      #expect(try await write(["members": 12], 2) == (12, 3))
      #expect(try await write(["members": 11], 1) == (12, 3))
      #expect(try await write(["joins": 5], 3) == (12, 3))
      #expect(try await write(["members": 9], 2) == (9, 4))
    }
  }

  @Test func aSheetIsWrittenAsAWhole() async throws {
    try await withBrand { brand in
      let (one, two, three) = (
        try await brand.addGroup("一群"), try await brand.addGroup("二群"), try await brand.addGroup("三群")
      )
      func entries(_ rows: [[String: Any]]) throws -> [DailyRecordEntry] { try rows.map { try decoded($0) } }
      let sheet = try entries([
        ["group_id": one.description, "members": 10], ["group_id": two.description, "joins": 1, "remarks": "好"],
      ])
      #expect(try await brand.work { try await DailyRecordStore($0).write(sheet, on: day) } == 2)
      #expect(try await brand.work { try await DailyRecordStore($0).write(sheet, on: day) } == 0)
      let less = try entries([["group_id": one.description, "members": 11], ["group_id": two.description]])
      #expect(try await brand.work { try await DailyRecordStore($0).write(less, on: day) } == 2)
      let request = SortedPageRequest(by: GroupOrder.created, limit: 10)
      let rows = try await DailyRecordStore(brand.reader).sheet(of: day, request, GroupFilter()).items
      #expect(rows.map(\.groupID) == [one, two, three] && rows.map(\.size) == [11, nil, nil])
      #expect(rows.map { $0.record?.members } == [11, nil, nil])
      let wrong = try entries([
        ["group_id": one.description, "members": 12], ["group_id": one.description],
        ["group_id": two.description, "orders": -1],
        ["group_id": three.description, "remarks": "\u{202E}", "joins": 100_001],
      ])
      let problems =
        await #expect(throws: InvalidInput.self) {
          try await brand.work { _ = try await DailyRecordStore($0).write(wrong, on: day) }
        }?.problems ?? []
      #expect(
        problems.map(\.field) == ["/items/1/group_id", "/items/2/orders", "/items/3/joins", "/items/3/remarks"])
      let foreign = try entries([
        ["group_id": one.description, "members": 12], ["group_id": "\(ID<Group>())", "joins": 1],
      ])
      await #expect(throws: InvalidInput("/items/1/group_id", .unknownReference)) {
        try await brand.work { _ = try await DailyRecordStore($0).write(foreign, on: day) }
      }
      #expect(try await DailyRecordStore(brand.reader).records(of: one, day...day).map(\.members) == [11])
    }
  }

  /// Operators fill in the same sheet at the same time, in whatever order.
  @Test func twoSheetsAtOnceStandInLine() async throws {
    try await withBrand { brand in
      var groups: [ID<Group>] = []
      for number in 0..<20 { groups.append(try await brand.addGroup("\(number)群")) }
      let ids = groups
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for round in 0..<6 {
          let shuffled = ids.shuffled()
          tasks.addTask {
            let entries: [DailyRecordEntry] = try shuffled.map {
              try decoded(["group_id": $0.description, "members": round])
            }
            try await brand.work { _ = try await DailyRecordStore($0).write(entries, on: day) }
          }
        }
        try await tasks.waitForAll()
      }
      let request = SortedPageRequest(by: GroupOrder.created, limit: 50)
      let rows = try await DailyRecordStore(brand.reader).sheet(of: day, request, GroupFilter()).items
      #expect(rows.allSatisfy { $0.record?.members == $0.size } && Set(rows.map(\.size)).count == 1)
    }
  }
}
