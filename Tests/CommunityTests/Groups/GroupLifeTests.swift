import Channels
import Foundation
import Identifiers
import Postgres
import Testing

@testable import Community

/// Open, full, merged, closed: what a group's life lets through.
@Suite struct GroupLifeTests {
  private func draft(_ fields: [String: Any]) throws -> GroupDraft {
    try decoded(["name": "宝妈群"].merging(fields) { $1 })
  }

  @Test func onlyOpenAndFullGroupsAreApprovedFor() async throws {
    try await withBrand { brand in
      let target = try await brand.addGroup("开放")
      let full = try draft(["state": "full"])
      let merged = try draft(["state": "merged", "merged_into_id": target.description])
      let closed = try draft(["state": "closed"])
      let fullID = try await brand.work { transaction in
        _ = try await GroupStore(transaction).create(merged)
        _ = try await GroupStore(transaction).create(closed)
        return try await GroupStore(transaction).create(full)
      }
      let plan = try await brand.approvedPlan([try await brand.addText()])
      let rows = try await brand.query("select approved_groups from plans where id = \(plan)")
      #expect(Set(try #require(rows.first).value(at: 0, as: [ID<Group>].self)) == [target, fullID])
    }
  }

  /// A group that was closed after the approval gets nothing; one that is full does.
  @Test(arguments: [("full", 1), ("merged", 0), ("closed", 0)])
  func theClaimLooksAtTheLife(_ state: String, _ sends: Int) async throws {
    try await withBrand { brand in
      let (channel, other) = (try await brand.addChannel(), try await brand.addGroup("另一个"))
      let group = try await brand.addGroup(through: channel)
      let audience = ["groups": [group.description]]
      let plan = try await brand.approvedPlan([try await brand.addText()], audience: audience)
      try await brand.makeDue([try await brand.touches(of: plan)[0].id])
      var draft = try await GroupStore(brand.reader).group(group).draft
      draft.state = Group.State(rawValue: state)
      draft.mergedIntoID = state == "merged" ? other : nil
      let edited = draft
      try await brand.work { try await GroupStore($0).update(group, edited, ifVersion: nil) }
      try await brand.fireAndExpand()
      let platform = ScriptedPlatform()
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      let delivery = try #require(try await brand.deliveries().first)
      #expect((delivery.state == .delivered) == (sends == 1), "\(delivery)")
      if sends == 0 { #expect(delivery.state == .skipped && delivery.reason == "group_closed", "\(delivery)") }
    }
  }

  @Test func aGroupIsMergedIntoOneThatGoesOn() async throws {
    try await withBrand { brand in
      let (one, two) = (try await brand.addGroup("一群"), try await brand.addGroup("二群"))
      func merge(_ group: ID<Group>, into target: ID<Group>?) async throws {
        let draft = try draft(
          ["state": "merged"].merging(target.map { ["merged_into_id": $0.description] } ?? [:]) { $1 })
        try await brand.work { try await GroupStore($0).update(group, draft, ifVersion: nil) }
      }
      await #expect(throws: InvalidInput("/merged_into_id", .required)) { try await merge(one, into: nil) }
      await #expect(throws: InvalidInput("/merged_into_id", .unknownValue, actual: "\(one)")) {
        try await merge(one, into: one)
      }
      await #expect(throws: InvalidInput("/merged_into_id", .unknownReference)) { try await merge(one, into: ID()) }
      try await merge(one, into: two)
      #expect(try await GroupStore(brand.reader).group(one).mergedIntoID == two)
      let problem = InvalidInput("/merged_into_id", .unknownValue, limit: "open, full", actual: "merged")
      await #expect(throws: problem) { try await merge(two, into: one) }
      let stray = try draft(["state": "open", "merged_into_id": two.description])
      await #expect(throws: InvalidInput("/state", .unknownValue, limit: "merged", actual: "open")) {
        try await brand.work { try await GroupStore($0).update(one, stray, ifVersion: nil) }
      }
    }
  }

  /// Two people merge two groups into each other: one of them comes too late.
  @Test func noTwoGroupsAreMergedIntoEachOther() async throws {
    try await withBrand { brand in
      for _ in 0..<5 {
        let (one, two) = (try await brand.addGroup("一群"), try await brand.addGroup("二群"))
        await withTaskGroup(of: Void.self) { tasks in
          for (group, target) in [(one, two), (two, one)] {
            tasks.addTask {
              guard let draft = try? draft(["state": "merged", "merged_into_id": target.description]) else { return }
              try? await brand.work { try await GroupStore($0).update(group, draft, ifVersion: nil) }
            }
          }
        }
        let store = GroupStore(brand.reader)
        let states = [try await store.group(one).state, try await store.group(two).state]
        #expect(Set(states) == [.open, .merged])
      }
    }
  }

  @Test func aPictureIsOne() async throws {
    try await withBrand { brand in
      let file = try await brand.work { try await MediaStore($0).create(name: "假的.png", bytes: Data("<html>".utf8)) }
      let draft = try draft(["avatar_id": file.description])
      await #expect(throws: InvalidInput("/avatar_id", .unknownValue, limit: "JPEG, PNG")) {
        try await brand.work { _ = try await GroupStore($0).create(draft) }
      }
    }
  }

  @Test func everyAnnouncementIsKept() async throws {
    try await withBrand { brand in
      let person = PersonID()
      let (first, second, none) = (
        try draft(["announcement": "周五团购"]), try draft(["announcement": "改到周六"]), try draft([:])
      )
      let id = try await brand.work { try await GroupStore($0).create(first) }
      try await brand.work { try await GroupStore($0).update(id, first, ifVersion: nil) }
      try await brand.work { try await GroupStore($0).update(id, second, ifVersion: nil, by: person) }
      #expect(try await GroupStore(brand.reader).group(id).announcement == "改到周六")
      try await brand.work { try await GroupStore($0).update(id, none, ifVersion: nil) }
      #expect(try await GroupStore(brand.reader).group(id).announcement == nil)
      let store = GroupStore(brand.reader)
      let history = try await store.announcements(of: id, before: nil, limit: 10)
      #expect(history.items.map(\.text) == [nil, "改到周六", "周五团购"] && !history.hasMore)
      #expect(history.items.map(\.byID) == [nil, person, nil])
      let older = try await store.announcements(of: id, before: history.items[0].id, limit: 1)
      #expect(older.items == [history.items[1]] && older.hasMore)
      await #expect(throws: PostgresError.self) { try await brand.query("update announcements set text = 'x'") }
      await #expect(throws: PostgresError.self) { try await brand.query("delete from announcements") }
    }
  }
}
