import Community
import Foundation
import LocalServers
import Postgres
import Sandbox
import Testing

@testable import Trials

/// Postgres is restored to a point in the middle of the sends, under workers that go on.
@Suite(.serialized, .timeLimit(.minutes(4))) struct RestoreTests {
  @Test func aRestoredPostgresSendsNothingTwice() async throws {
    try await FaultStage.with { stage in
      try await stage.sandbox.misbehave([FaultRule(.slow, delayMilliseconds: 500)])
      let backup = try await stage.postgres.backup()
      for _ in 1...2 { try await stage.startWorker() }
      try await stage.brand.plan()
      try await eventually {
        let ledger = try await stage.brand.ledger()
        // These are committed as delivered in what is restored, and so stay known.
        return ledger.count == stage.brand.expected.count && ledger.count { $0.state == .delivered } >= 10
      }
      let position = try await stage.postgres.position()
      let before = try stage.sandbox.arrivals().accepted().count
      try await eventually { try stage.sandbox.arrivals().accepted().count >= before + 30 }
      try await stage.postgres.restore(backup, upTo: position)

      // What was under way ends, and from then on nothing leaves, though there is much to do.
      try await Task.sleep(for: .seconds(3))
      let arrived = try stage.sandbox.arrivals().accepted().count
      try #require(arrived < stage.brand.expected.count)
      try await Task.sleep(for: .seconds(8))
      #expect(try stage.sandbox.arrivals().accepted().count == arrived)
      #expect(try await stage.brand.ledger().contains { $0.state == .ready })
      #expect(try await stage.run(["cell", "status"]) == 1)

      #expect(try await stage.run(["cell", "open"]) == 0)
      #expect(try await stage.run(["cell", "status"]) == 0)
      let verdict = try await stage.verdict(mayBeUnknown: stage.brand.expected.count - 10)
      #expect(verdict.findings.isEmpty, "\(verdict.tails.joined(separator: "\n--\n"))")
      #expect(try stage.sandbox.arrivals().accepted().count == arrived)
    }
  }

  /// Control: on a cell that knows nothing of its life the workers go on with what they find, and send it once more.
  @Test func withoutTheLifeCheckTheJudgeSeesDoubles() async throws {
    try await FaultStage.with(settings: ["NUANQUN_COMPARE_SECONDS": "2"]) { stage in
      let functions = [
        "is_open() returns boolean language sql stable security definer as 'select true'",
        "beat(known bigint) returns bigint language sql security definer as $$ select nextval('ops.beats') $$",
        "examine(known bigint, who text) returns text language sql security definer as 'select null::text'",
      ]
      for function in functions {
        try await stage.owner.lease { try await $0.query(SQL(verbatim: "create or replace function ops.\(function)")) }
      }
      try await stage.sandbox.misbehave([FaultRule(.slow, delayMilliseconds: 500)])
      let backup = try await stage.postgres.backup()
      for _ in 1...2 { try await stage.startWorker() }
      try await stage.brand.plan()
      try await eventually { try await stage.brand.ledger().count { $0.state == .delivered } >= 10 }
      let position = try await stage.postgres.position()
      let before = try stage.sandbox.arrivals().accepted().count
      try await eventually { try stage.sandbox.arrivals().accepted().count >= before + 30 }
      try await stage.postgres.restore(backup, upTo: position)
      try await stage.sandbox.misbehave([])
      let verdict = try await stage.verdict(mayBeUnknown: FaultStage.slots * 2)
      let doubled = verdict.findings.count { if case .doubled = $0 { true } else { false } }
      #expect(doubled > 0, "\(verdict.findings)")
    }
  }
}
