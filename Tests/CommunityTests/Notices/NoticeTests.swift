import Channels
import Foundation
import Identifiers
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

@Suite struct NoticeTests {
  private func parked(_ occurrence: String = "x") -> NewNotice {
    NewNotice(.channelPaused, about: NoticeSubject("channel", UUID()), occurrence: occurrence, words: [.name: "一号机器人"])
  }

  @Test func thoseAreToldWhoMayDoSomethingAboutIt() async throws {
    try await withBrand { brand in
      let other = try await brand.deployment.makeBrand(of: try await brand.deployment.makeAgency())
      let told = [
        try await brand.addPerson(.owner), try await brand.addPerson(.accountManager),
        try await brand.addPerson(.operator, brand: brand.brand.id),
      ]
      let sibling = try await brand.deployment.pool.read(
        "select id, slug, name from control.agencies where id = \(brand.brand.agency)")
      #expect(!sibling.isEmpty)
      let untold = [
        try await brand.addPerson(.viewer), try await brand.addPerson(.client, brand: brand.brand.id),
        try await brand.addPerson(.owner, of: other.agency),
        try await brand.addPerson(.operator, of: other.agency, brand: other.id),
      ]
      let gone = try await brand.addPerson(.owner)
      try await brand.deployment.owner.lease { connection in
        try await connection.query("update control.agency_people set state = 'left' where person_id = \(gone)")
      }
      #expect(try await brand.notices.tell(parked(), of: brand.brand.agency, brand: brand.brand.id) == 3)
      for person in told {
        let notice = try #require(try await brand.notices(to: person).first)
        #expect(notice.kind == .channelPaused && notice.words == [.name: "一号机器人"] && notice.readAt == nil)
        #expect(notice.brand?.slug == brand.brand.slug)
      }
      for person in untold + [gone] { #expect(try await brand.notices(to: person).isEmpty) }
      // Somebody of another brand of the agency alone is not told either; nor is anybody told twice.
      #expect(try await brand.notices.tell(parked(), of: brand.brand.agency, brand: brand.brand.id) == 0)
    }
  }

  @Test func aRoleForAnotherBrandIsNone() async throws {
    try await withBrand { brand in
      let agency = try #require(try await AgencyStore(brand.deployment.pool).agency(brand.brand.agency))
      let other = try await brand.deployment.makeBrand(of: agency)
      let theirs = try await brand.addPerson(.operator, brand: other.id)
      #expect(try await brand.notices.tell(parked(), of: agency.id, brand: brand.brand.id) == 0)
      #expect(try await brand.notices.tell(parked(), of: agency.id, brand: other.id) == 1)
      #expect(try await brand.notices(to: theirs).map { $0.brand?.id } == [other.id])
    }
  }

  @Test func noticesAreReadByTheirOwnPersonOnly() async throws {
    try await withBrand { brand in
      let agency = brand.brand.agency
      let (one, two) = (try await brand.addPerson(.owner), try await brand.addPerson(.owner))
      for number in 1...3 { try await brand.notices.tell(parked("\(number)"), of: agency) }
      let mine = try await brand.notices(to: one)
      #expect(mine.map(\.id) == mine.map(\.id).sorted(by: >))
      await #expect(throws: NotFound.self) { try await brand.notices.mark(mine[0].id, read: true, of: two, in: agency) }
      try await brand.notices.mark(mine[0].id, read: true, of: one, in: agency)
      #expect(try await brand.notices.unread(of: one, in: agency) == 2)
      #expect(try await brand.notices.unread(of: two, in: agency) == 3)
      try await brand.notices.mark(mine[0].id, read: false, of: one, in: agency)
      #expect(try await brand.notices.markAll(upTo: mine[1].id, of: one, in: agency) == 2)
      let page = try await brand.notices.notices(of: one, in: agency, unreadOnly: true, before: nil, limit: 10)
      #expect(page.items.map(\.id) == [mine[0].id])
      let older = try await brand.notices.notices(of: one, in: agency, unreadOnly: false, before: mine[1].id, limit: 10)
      #expect(older.items.map(\.id) == [mine[2].id] && !older.hasMore)
    }
  }

  @Test func aTransactionTellsOfWhatItLeavesOpen() async throws {
    try await withBrand { brand in
      let person = try await brand.addPerson(.operator, brand: brand.brand.id)
      let channel = try await brand.addChannel()
      for number in 1...2 { _ = try await brand.addGroup("群 \(number)", through: channel) }
      let plan = try await brand.approvedPlan([try await brand.addText()])
      try await brand.makeDue(try await brand.touches(of: plan).prefix(1).map(\.id))
      try await brand.fireAndExpand()
      let platform = ScriptedPlatform()
      for outcome in [.silent, .dead] as [DispatchOutcome] { await platform.answer(outcome) }
      _ = try await brand.dispatch(try await brand.beginDelivery(), through: ScriptedAdapter(platform: platform))
      try await brand.writeNotices()
      let notices = try await brand.notices(to: person)
      #expect(Set(notices.compactMap(\.kind)) == [.deliveryUnknown, .channelPaused])
      let unknown = try #require(notices.first { $0.kind == .deliveryUnknown })
      #expect(unknown.words == [.name: "早安", .count: "1"])
      #expect(notices.first { $0.kind == .channelPaused }?.subject == NoticeSubject("channel", channel.uuid))
      // Of what is over by then nothing is told.
      try await brand.query("update channels set state = 'active', version = version + 1")
      try await brand.work { try await $0.order(.channelPaused, about: channel.uuid) }
      try await brand.writeNotices()
      #expect(try await brand.notices(to: person).count == 2)
    }
  }

  @Test func aDisabledWebhookIsTold() async throws {
    try await withBrand { brand in
      try await withReceiver { receiver in
        let person = try await brand.addPerson(.accountManager)
        receiver.answer(410)
        let id = try await brand.addWebhook(to: receiver.url)
        try await brand.tell(try Happening(.memberJoined, [.group: ID<Group>(), .member: ID<Member>()]))
        try await brand.sendDue()
        try await brand.writeNotices()
        let notice = try #require(try await brand.notices(to: person).first)
        #expect(notice.kind == .webhookDisabled && notice.words == [.name: "接收"])
        #expect(notice.subject == NoticeSubject("webhook", id.uuid))
      }
    }
  }

  @Test func runsPutAsideAndKeysThatExpireAreFound() async throws {
    try await withBrand { brand in
      let person = try await brand.addPerson(.owner)
      try await brand.work { try await $0.order(.channelPaused, about: UUID()) }
      try await brand.deployment.owner.lease { connection in
        try await connection.query(
          "update ops.runs set state = 'quarantined', ended_at = now() where brand_id = \(brand.brand.id)")
        try await connection.query(
          """
          insert into control.api_keys (id, agency_id, name, scopes, created_by, digest, expires_at)
          values (\(UUID()), \(brand.brand.agency), '对接', '{}', 'test', \(Data([1])), now() + interval '2 days'),
            (\(UUID()), \(brand.brand.agency), '还早', '{}', 'test', \(Data([2])), now() + interval '20 days')
          """)
      }
      let watch = NoticeWatch(brand.tenancy)
      try await watch.look()
      try await watch.look()
      let notices = try await brand.notices(to: person)
      #expect(notices.compactMap(\.kind).sorted { $0.rawValue < $1.rawValue } == [.keyExpiring, .runQuarantined])
      #expect(notices.first { $0.kind == .keyExpiring }?.words[.name] == "对接")
    }
  }
}

@Suite struct NoticePostingTests {
  private func notice(_ occurrence: String) -> NewNotice {
    NewNotice(.deliveryUnknown, occurrence: occurrence, words: [.name: "早安"])
  }

  @Test func mailGoesOnceAndTogether() async throws {
    try await withBrand { brand in
      let person = try await brand.addPerson(.owner)
      for number in 1...3 { try await brand.notices.tell(notice("\(number)"), of: brand.brand.agency) }
      let postman = Postman()
      let posting = brand.posting(mail: postman)
      #expect(try await posting.post() == 1)
      #expect(try await posting.post() == 0)
      let mail = try #require(postman.mails.first)
      #expect(mail.notices.count == 3 && mail.address == "\(person)@example.com")
      #expect(try await brand.mailState(of: person) == ["sent", "sent", "sent"])
    }
  }

  @Test func nobodyIsWokenAndADigestWaits() async throws {
    try await withBrand { brand in
      let asleep = try await brand.addPerson(.owner, quiet: true)
      let daily = try await brand.addPerson(
        .owner, choices: ["delivery.unknown": NoticeChoice(mail: .digest, robot: false)])
      let none = try await brand.addPerson(
        .owner, choices: ["delivery.unknown": NoticeChoice(mail: .off, robot: false)])
      try await brand.notices.tell(notice("1"), of: brand.brand.agency)
      let postman = Postman()
      #expect(try await brand.posting(mail: postman).post() == 0)
      #expect(try await brand.mailState(of: asleep) == ["waiting"])
      #expect(try await brand.mailState(of: daily) == ["waiting"])
      #expect(try await brand.mailState(of: none) == ["off"])
      // In the console they have it all the same.
      for person in [asleep, daily, none] { #expect(try await brand.notices(to: person).count == 1) }
    }
  }

  @Test func whatMayHaveLeftIsNotSentAgain() async throws {
    try await withBrand { brand in
      let person = try await brand.addPerson(.owner)
      try await brand.notices.tell(notice("1"), of: brand.brand.agency)
      let postman = Postman(.unknown("cut off"))
      #expect(try await brand.posting(mail: postman).post() == 1)
      #expect(try await brand.mailState(of: person) == ["unknown"])
      // Nor is what a worker claimed that is gone.
      try await brand.notices.tell(notice("2"), of: brand.brand.agency)
      try await brand.deployment.pool.transaction { transaction in
        _ = try await transaction.query(
          """
          update control.notices set mail = 'sending', mail_claim = gen_random_uuid(),
            mail_claimed_at = now() - interval '1 hour' where mail = 'waiting'
          """)
      }
      #expect(try await brand.posting(mail: postman).post() == 0)
      #expect(try await brand.mailState(of: person) == ["unknown", "unknown"])
      #expect(postman.mails.count == 1)
    }
  }

  @Test func whatHasNotLeftIsTriedAgainLater() async throws {
    try await withBrand { brand in
      let person = try await brand.addPerson(.owner)
      try await brand.notices.tell(notice("1"), of: brand.brand.agency)
      let postman = Postman(.notSent(isTemporary: true, "busy"), .notSent(isTemporary: false, "no such mailbox"))
      let posting = brand.posting(mail: postman)
      #expect(try await posting.post() == 1)
      #expect(try await brand.mailState(of: person) == ["waiting"])
      #expect(try await posting.post() == 0)
      try await brand.deployment.pool.transaction { transaction in
        _ = try await transaction.query("update control.notices set mail_due_at = now()")
      }
      #expect(try await posting.post() == 1)
      #expect(try await brand.mailState(of: person) == ["failed"])
    }
  }

  @Test func severalWorkersSendEachMailOnce() async throws {
    try await withBrand { brand in
      for _ in 1...12 { _ = try await brand.addPerson(.owner) }
      try await brand.notices.tell(notice("1"), of: brand.brand.agency)
      let postman = Postman()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 1...6 { group.addTask { try await brand.posting(mail: postman).post() } }
        try await group.waitForAll()
      }
      try await brand.posting(mail: postman).post()
      #expect(postman.mails.count == 12)
      #expect(Set(postman.mails.map(\.address)).count == 12)
    }
  }

  @Test func theRobotSpeaksOnceToTheAgencysOwnGroup() async throws {
    try await withBrand { brand in
      let agency = brand.brand.agency
      _ = try await brand.addPerson(.owner)
      _ = try await brand.addPerson(.owner)
      _ = try await brand.addPerson(.owner, choices: ["delivery.unknown": NoticeChoice(mail: .off, robot: false)])
      let platform = ScriptedPlatform()
      let posting = brand.posting(platform: platform)
      // Without a robot nothing is kept for one.
      try await brand.notices.tell(notice("0"), of: agency)
      let key = UUID().uuidString.lowercased()
      let robots = InternalRobotStore(brand.tenancy)
      try await robots.set(InternalRobotDraft(name: "值班群", webhook: key), of: agency, by: Actor(.command, name: "test"))
      for number in 1...2 { try await brand.notices.tell(notice("\(number)"), of: agency) }
      #expect(try await posting.post() == 1)
      #expect(await platform.keys == [key])
      #expect(await platform.sent == [.text("delivery.unknown 2\ndelivery.unknown 2")])
      #expect(try await posting.post() == 0)
      // Its next message keeps its distance, and what may have arrived is not said again.
      try await brand.notices.tell(notice("3"), of: agency)
      #expect(try await posting.post() == 0)
      try await brand.deployment.pool.transaction { transaction in
        _ = try await transaction.query("update control.internal_robots set next_at = now()")
      }
      await platform.answer(.silent)
      #expect(try await posting.post() == 1)
      try await brand.deployment.pool.transaction { transaction in
        _ = try await transaction.query("update control.internal_robots set next_at = now()")
      }
      #expect(try await posting.post() == 0)
      let states = try await brand.deployment.pool.read("select state from control.robot_posts order by id")
      #expect(try states.map { try $0.value("state", as: String.self) } == ["sent", "sent", "unknown"])
    }
  }

  /// A robot of a customer's group is never the internal one, whichever comes first.
  @Test func aChannelsAccountIsNoInternalRobotAndTheOtherWayAround() async throws {
    try await withBrand { brand in
      let robots = InternalRobotStore(brand.tenancy)
      let (customers, own) = (UUID().uuidString.lowercased(), UUID().uuidString.lowercased())
      let actor = Actor(.command, name: "test")
      _ = try await brand.addChannel(key: customers)
      await #expect(throws: InvalidInput("/webhook", .taken)) {
        try await robots.set(
          InternalRobotDraft(name: "x", webhook: customers.uppercased()), of: brand.brand.agency, by: actor)
      }
      await #expect(throws: NotFound.self) { try await robots.robot(of: brand.brand.agency) }
      try await robots.set(InternalRobotDraft(name: "x", webhook: own), of: brand.brand.agency, by: actor)
      await #expect(throws: InvalidInput("/webhook", .taken)) { try await brand.addChannel(key: own) }
      // Nor can one that is there be turned into it.
      await #expect(throws: InvalidInput("/webhook", .taken)) {
        try await robots.set(InternalRobotDraft(name: "x", webhook: customers), of: brand.brand.agency, by: actor)
      }
      #expect(try await robots.account(of: brand.brand.agency)?.key.reveal() == own)
      try await robots.remove(of: brand.brand.agency, by: actor)
      _ = try await brand.addChannel(key: own)
    }
  }
}
