import Foundation
import Identifiers
import JobQueue
import LocalServers
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Community
@testable import JobQueue

/// A database that is restored has forgotten sends. What it takes for unsent is never sent by itself.
@Suite(.serialized, .timeLimit(.minutes(4))) struct RestoredCellTests {
  /// What the plans' touches are like at the restored point.
  private struct History {
    /// Its deliveries are written; none has left.
    let expanded: ID<Touch>
    /// It has fired.
    let fired: ID<Touch>
    /// Its time has come, and nobody has noticed.
    let due: ID<Touch>
    /// Tomorrow.
    let coming: ID<Touch>
    let groups: [ID<Group>]

    var core: Set<ID<Touch>> { [expanded, fired, due] }

    init(_ brand: BrandFixture) async throws {
      let channel = try await brand.addChannel()
      for name in ["甲", "乙", "丙"] { _ = try await brand.addGroup(name, through: channel) }
      let plan = try await brand.approvedPlan(
        [try await brand.addText()], rule: brand.daily(["09:00", "12:00", "15:00", "18:00"]))
      let touches = try await brand.touches(of: plan).map(\.id)
      (expanded, fired, due, coming) = (touches[0], touches[1], touches[2], touches[3])
      try await brand.makeDue([expanded])
      try await brand.fireAndExpand()
      try await brand.makeDue([fired])
      try await brand.fire()
      try await brand.makeDue([due])
      groups = try await brand.deliveries(of: expanded).map(\.groupID)
    }
  }

  private func onOwnServers(_ body: (BrandFixture, LocalPostgres) async throws -> Void) async throws {
    let servers = TestServers(keepsData: true)
    do {
      let (postgres, _) = try await servers.servers()
      try await withBrand(on: servers) { try await body($0, postgres) }
    } catch {
      try? await servers.stop()
      throw error
    }
    try await servers.stop()
  }

  private func untilReached(_ brand: BrandFixture) async throws {
    for pool in [brand.deployment.pool, brand.deployment.owner] {
      var successes = 0
      try await eventually("the database") {
        successes = (try? await pool.transaction { _ = try await $0.query("select 1") }) == nil ? 0 : successes + 1
        return successes == 10
      }
    }
  }

  /// Everything is sent after the restored point, and the database knows nothing of it.
  private func loseHistory(_ brand: BrandFixture, _ postgres: LocalPostgres, _ platform: RecordingPlatform) async throws
    -> History
  {
    let history = try await History(brand)
    let backup = try await postgres.backup()
    let position = try await postgres.position()
    try await brand.workThrough(platform)
    #expect(await platform.arrivals.count == 9)
    try await postgres.restore(backup, upTo: position)
    try await untilReached(brand)
    #expect(try await brand.deliveries().map(\.state) == [.ready, .ready, .ready])
    return history
  }

  private func findings(
    _ history: History, _ brand: BrandFixture, _ platform: RecordingPlatform
  ) async throws -> Set<Judge.Finding> {
    let expected = Set(history.groups.map { Mark(touch: history.expanded, group: $0) })
    let judge = Judge(
      expected: expected, core: history.core, cap: 50, rate: RecordingAdapter(platform: platform, brand: brand).rate,
      faults: 3)
    return judge.findings(try await brand.deliveries(), await platform.arrivals).filter { finding in
      // What was missed has no rows; it left at most once, which is counted apart.
      if case .lost(let mark, nil) = finding { return mark.touch == history.expanded }
      return true
    }
  }

  @Test func whatWasSentAfterTheRestoredPointIsNeverSentAgain() async throws {
    try await onOwnServers { brand, postgres in
      let platform = RecordingPlatform()
      let history = try await loseHistory(brand, postgres, platform)

      // Nothing fires and nothing starts.
      await #expect(throws: PostgresError.self) { try await brand.workThrough(platform) }
      let run = try #require(try await brand.runs(of: DeliverTouch.self).first).id
      await #expect(throws: PostgresError.self) { try await brand.begin(run, as: DeliverTouch.self) }
      #expect(try await brand.touch(history.due).state == .planned)

      let report = try await brand.openCell()
      #expect(report.brands == BrandReopeningCounts(unknown: 3, missed: 2, channels: 1))
      try await brand.workThrough(platform)
      try await brand.workThrough(platform)
      #expect(await platform.arrivals.count == 9)
      #expect(try await findings(history, brand, platform) == [])
      let deliveries = try await brand.deliveries()
      #expect(deliveries.allSatisfy { $0.state == .unknown && $0.reason == "database_restored" })
      for touch in [history.fired, history.due] { #expect(try await brand.touch(touch).state == .missed) }
      #expect(try await brand.touch(history.coming).state == .planned)
      // The caps count what left, though nobody remembers it.
      for group in history.groups { #expect(try await brand.coreCount(of: group) == 3) }

      // New work flows.
      try await brand.makeDue([history.coming])
      try await eventually("the window is over") {
        try await brand.workThrough(platform)
        return await platform.arrivals.count == 12
      }
      #expect(try await brand.deliveries(of: history.coming).allSatisfy { $0.state == .delivered })
      #expect(await platform.counts.values.allSatisfy { $0 == 1 })
    }
  }

  /// Files that were put back keep their timeline, and the run stands in them as begun: it is the outcome that finds its
  /// claim gone. What would be claimed next may have left before.
  @Test(arguments: [true, false]) func anOutcomeThatFindsItsClaimGoneEndsTheDispatch(isSent: Bool) async throws {
    try await onOwnServers { brand, postgres in
      _ = try await brand.readyTouch(groups: 3)
      let begun = try await brand.beginDelivery()
      let backup = try await postgres.backup()
      let (platform, gate) = (ScriptedPlatform(), Gate())
      await platform.answer(isSent ? .accepted : .limited(for: .milliseconds(1)), behind: gate)
      let send = Task { try await brand.dispatch(begun, through: ScriptedAdapter(platform: platform)) }
      try await eventually("the first send") { await platform.sent.count == 1 }
      try await postgres.restore(backup)
      try await untilReached(brand)
      await gate.open()
      let loss = try #require(await #expect(throws: HistoryLost.self) { try await send.value })
      #expect(await platform.sent.count == 1)
      #expect(try await brand.deliveries().map(\.state) == [.ready, .ready, .ready])

      let (store, life) = (RunStore(brand.deployment.pool), CellLife(brand.deployment.owner))
      #expect(try await store.note(loss, by: "测试"))
      #expect(try await life.status().closing == .rewound)
      #expect(try await brand.openCell().brands.unknown == 3)
      // Another late word of that time is evidence, and closes nothing any more.
      #expect(try await !store.note(loss, by: "测试"))
      #expect(try await life.isOpen())
    }
  }

  /// Control: a cell that is always open sends all of it twice, and the judge sees it.
  @Test func withoutTheLockTheJudgeSeesDoubleSends() async throws {
    try await onOwnServers { brand, postgres in
      _ = try await brand.deployment.owner.lease {
        try await $0.query(
          """
          create or replace function ops.is_open() returns boolean
          language sql stable security definer set search_path = '' as 'select true'
          """)
      }
      let platform = RecordingPlatform()
      let history = try await loseHistory(brand, postgres, platform)
      try await brand.workThrough(platform)
      let doubled = Set(history.groups.flatMap { group in history.core.map { Mark(touch: $0, group: group) } })
      #expect(try await findings(history, brand, platform) == Set(doubled.map { .doubled($0) }))
    }
  }
}

extension BrandFixture {
  /// Opens the cell as the command does.
  func openCell(provenUntil proven: Date? = nil, lostUntil lost: Date? = nil) async throws -> CellOpening.Report {
    try await CellOpening(
      CellLife(deployment.owner), tenancy: tenancy, index: deployment.index, windowLimit: 1_000, logger: .quiet
    ).open(cell: brand.cell, provenUntil: proven, lostUntil: lost, by: "测试")
  }
}
