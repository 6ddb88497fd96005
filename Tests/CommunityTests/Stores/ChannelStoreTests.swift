import Channels
import Foundation
import Identifiers
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Community

@Suite struct ChannelStoreTests {
  private let key = "693a91f6-7AEF-4bc4-97a0-0ec2sifa5aaa"

  private func draft(_ webhook: String, name: String = "机器人", kind: String = "wecom_robot") throws -> ChannelDraft {
    try decoded(["kind": kind, "name": name, "webhook": webhook])
  }

  @Test func theAccountOpensWithTheBrandsKey() async throws {
    try await withBrand { brand in
      let draft = try draft("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=\(key)")
      let id = try await brand.add(draft)
      let account = try await ChannelStore(brand.reader).account(of: id, key: brand.tenancy.key(of: brand.brand))
      #expect(account.key.reveal() == key)
      #expect(account.kind == .weComRobot)
      #expect(try await brand.windowCount(of: id) == 0)
    }
  }

  @Test func aSecretOpensOnlyForItsOwnRow() async throws {
    try await withBrand { brand in
      let (one, two) = (try await brand.addChannel("甲"), try await brand.addChannel("乙"))
      try await brand.query(
        "update channels set sealed_secret = (select sealed_secret from channels where id = \(one)) where id = \(two)")
      let key = try brand.tenancy.key(of: brand.brand)
      _ = try await ChannelStore(brand.reader).account(of: one, key: key)
      await #expect(throws: SealingError.damaged) { try await ChannelStore(brand.reader).account(of: two, key: key) }
    }
  }

  @Test func aSecretOpensOnlyWithItsOwnBrandsKey() async throws {
    try await withBrand { brand in
      let channel = try await brand.addChannel()
      let stranger = try await brand.deployment.makeBrand()
      let key = try brand.tenancy.key(of: stranger)
      await #expect(throws: SealingError.damaged) {
        try await ChannelStore(brand.reader).account(of: channel, key: key)
      }
    }
  }

  @Test func theKeyIsNowhereToBeRead() async throws {
    try await withBrand { brand in
      let draft = try draft(key)
      let reserved = try await ChannelReservation(brand.tenancy).reserve(draft, for: brand.brand)
      let id = try await brand.add(draft)
      let store = ChannelStore(brand.reader)
      let channel = try await store.channel(id)
      let account = try await store.account(of: id, key: brand.tenancy.key(of: brand.brand))
      var shown = [
        "\(channel)", "\(account)", String(reflecting: account), "\(draft)", "\(reserved)",
        String(reflecting: reserved),
        String(decoding: try JSONEncoder().encode(channel), as: UTF8.self), "\(channel.edit)",
        "\(try await store.page(PageRequest(limit: 5, after: nil)))",
      ]
      dump(account, to: &shown[0])
      dump(reserved, to: &shown[0])
      do {
        _ = try await brand.add(draft)
        Issue.record("the account was taken twice")
      } catch {
        shown.append("\(error)")
      }
      shown += try await brand.query("select row_to_json(c)::text from channels c").map { try $0.decode(String.self) }
      shown += try await brand.deployment.owner.read("select row_to_json(a)::text from control.channel_accounts a")
        .map { try $0.decode(String.self) }
      let hex = Data(key.utf8).map { String(format: "%02x", $0) }.joined()
      for text in shown {
        #expect(!text.lowercased().contains(key.lowercased()))
        #expect(!text.lowercased().contains(hex))
        #expect(!text.contains(Data(key.utf8).base64EncodedString()))
      }
    }
  }

  @Test func anAccountBelongsToOneChannelOfTheDeployment() async throws {
    try await withBrand { brand in
      let other = BrandFixture(
        deployment: brand.deployment, brand: try await brand.deployment.makeBrand(), zone: brand.zone)
      _ = try await brand.addChannel(key: key)
      // The platform does not tell letter case apart, so neither may the limit.
      for key in [key, key.lowercased(), key.uppercased()] {
        for fixture in [brand, other] {
          await #expect(throws: InvalidInput("/webhook", .taken)) { _ = try await fixture.addChannel(key: key) }
        }
      }
      #expect(try await ChannelStore(other.reader).page(PageRequest(limit: 5, after: nil)).items.isEmpty)
      _ = try await other.addChannel()
    }
  }

  @Test func ofTwoBrandsAtOnceOneGetsTheAccount() async throws {
    try await withBrand { brand in
      let other = BrandFixture(
        deployment: brand.deployment, brand: try await brand.deployment.makeBrand(), zone: brand.zone)
      let key = key
      let made = await withTaskGroup(of: Int.self) { tasks in
        for fixture in [brand, other, brand, other] {
          tasks.addTask { (try? await fixture.addChannel(key: key)) == nil ? 0 : 1 }
        }
        return await tasks.reduce(0, +)
      }
      #expect(made == 1)
    }
  }

  /// The reservation is made on the agencies' side before the brand's transaction commits.
  @Test func aCreationThatFailedCanBeTriedAgain() async throws {
    struct Later: Error {}
    try await withBrand { brand in
      let draft = try draft(key)
      let reservation = ChannelReservation(brand.tenancy)
      let reserved = try await reservation.reserve(draft, for: brand.brand)
      await #expect(throws: Later.self) {
        try await brand.work { transaction in
          _ = try await reservation.create(reserved, in: transaction)
          throw Later()
        }
      }
      #expect(try await ChannelStore(brand.reader).page(PageRequest(limit: 5, after: nil)).items.isEmpty)
      #expect(try await brand.add(draft) == reserved.id)
    }
  }

  @Test func whatIsWrongIsNamed() async throws {
    try await withBrand { brand in
      let wrong = try draft("https://example.com/no-key", name: "", kind: "smoke")
      await #expect(
        throws: InvalidInput([
          FieldProblem("/kind", .unknownValue, limit: "wecom_robot"), FieldProblem("/name", .required),
          FieldProblem("/webhook", .malformed),
        ])
      ) { _ = try await brand.add(wrong) }
    }
  }

  @Test func anEditOfAnOldVersionIsAConflictAndActivatingClearsTheReason() async throws {
    try await withBrand { brand in
      let id = try await brand.addChannel()
      try await brand.work { try await ClaimStore(transaction: $0).pause(id, because: .test(.account, code: 93_000)) }
      let active: ChannelEdit = try decoded(["name": "新名", "state": "active"])
      await #expect(throws: EditConflict(current: 2)) {
        try await brand.work { try await ChannelStore($0).update(id, active, ifVersion: 1) }
      }
      #expect(try await brand.channel(id).pausedReason == "93000: so the test says")
      try await brand.work { try await ChannelStore($0).update(id, active, ifVersion: 2) }
      let channel = try await brand.channel(id)
      #expect((channel.name, channel.state, channel.pausedReason, channel.version) == ("新名", .active, nil, 3))
      await #expect(throws: NotFound()) {
        try await brand.work { try await ChannelStore($0).update(ID(), active, ifVersion: nil) }
      }
    }
  }
}
