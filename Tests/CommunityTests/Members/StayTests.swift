import Foundation
import Identifiers
import Postgres
import Testing

@testable import Community

@Suite struct StayTests {
  @Test func whoComesBackHasAnotherStay() async throws {
    try await withBrand { brand in
      let (member, inviter, group) = (
        try await brand.addMember("小鱼妈"), try await brand.addMember("豆豆妈"), try await brand.addGroup("一群")
      )
      let first = Date(timeIntervalSince1970: 1_700_000_000)
      try await brand.work {
        try await MemberStore($0).join(
          member, to: group, .init(joinedAt: first, source: "海报", invitedByID: inviter, trusted: true))
      }
      try await brand.work { try await MemberStore($0).join(member, to: group, .init(source: "门店")) }
      var place = try await MemberStore(brand.reader).membership(of: member, in: group)
      #expect(place.joinedAt == first && place.source == "门店" && place.invitedByID == inviter && place.trusted)
      try await brand.work { try await MemberStore($0).leave(member, from: group) }
      let second = Date.now.addingTimeInterval(60)
      try await brand.work { try await MemberStore($0).join(member, to: group, .init(joinedAt: second)) }
      place = try await MemberStore(brand.reader).membership(of: member, in: group)
      #expect(place.leftAt == nil && place.source == nil && place.invitedByID == nil && !place.trusted)
      try await brand.work { try await MemberStore($0).leave(member, from: group) }
      try await brand.work { try await MemberStore($0).join(member, to: group) }
      let stays = try await MemberStore(brand.reader).stays(of: member)
      #expect(stays.count == 3 && stays.map { $0.leftAt == nil } == [true, false, false])
      #expect(stays[2].joinedAt == first && stays[2].source == "门店" && stays[2].invitedByID == inviter)
      #expect(stays.allSatisfy { $0.groupID == group && $0.groupName == "一群" })
      await #expect(throws: PostgresError.self) { try await brand.query("delete from past_memberships") }
      await #expect(throws: PostgresError.self) { try await brand.query("update past_memberships set source = 'x'") }
    }
  }

  @Test func ofManyWhoBringSomebodyBackOneBeginsTheStay() async throws {
    try await withBrand { brand in
      let (member, group) = (try await brand.addMember("小鱼妈"), try await brand.addGroup())
      try await brand.work { try await MemberStore($0).join(member, to: group) }
      try await brand.work { try await MemberStore($0).leave(member, from: group) }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for _ in 0..<6 { tasks.addTask { try await brand.work { try await MemberStore($0).join(member, to: group) } } }
        try await tasks.waitForAll()
      }
      #expect(try await MemberStore(brand.reader).stays(of: member).count == 2)
    }
  }

  @Test func theListSaysWhoIsThereAndWhomToTrust() async throws {
    try await withBrand { brand in
      let group = try await brand.addGroup()
      var members: [ID<Member>] = []
      for number in 0..<4 { members.append(try await brand.addMember("\(number)号")) }
      let (all, store) = (members, MemberStore(brand.reader))
      try await brand.work { transaction in
        for (number, member) in all.enumerated() {
          try await MemberStore(transaction).join(member, to: group, .init(trusted: number == 1))
        }
        try await MemberStore(transaction).leave(all[3], from: group)
      }
      func seen(_ present: Bool?, _ trusted: Bool?) async throws -> [ID<Member>] {
        let request = PageRequest(limit: 10, after: nil)
        return try await store.memberships(of: group, present: present, trusted: trusted, request).items.map(\.memberID)
      }
      #expect(try await seen(nil, nil) == all)
      #expect(try await seen(true, nil) == Array(all.prefix(3)))
      #expect(try await seen(false, nil) == [all[3]])
      #expect(try await seen(nil, true) == [all[1]])
    }
  }

  @Test func whoInvitesIsAnother() async throws {
    try await withBrand { brand in
      let (member, group) = (try await brand.addMember("小鱼妈"), try await brand.addGroup())
      await #expect(throws: InvalidInput("/invited_by_id", .unknownValue)) {
        try await brand.work { try await MemberStore($0).join(member, to: group, .init(invitedByID: member)) }
      }
      await #expect(throws: InvalidInput("/invited_by_id", .unknownReference)) {
        try await brand.work { try await MemberStore($0).join(member, to: group, .init(invitedByID: ID())) }
      }
    }
  }
}
