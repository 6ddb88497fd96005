import Community
import Foundation
import Glibc
import LocalServers
import Postgres
import Sandbox
import Testing

@testable import Trials

/// The controls of the trials: each guard is switched off by SQL in a database of the test's own, and the judge sees it.
/// With the guard on, the same history is good.
@Suite(.serialized, .timeLimit(.minutes(4))) struct GuardTests {
  /// The window: without it a robot sends as fast as it can.
  @Test(arguments: [true, false]) func withoutTheWindowTheJudgeSeesHaste(isOn: Bool) async throws {
    // With the guard on the window has to pass once; without it all shall lie in one, on a slow machine too.
    let window = isOn ? 10 : 60
    try await FaultStage.with(rooms: 5, plans: 24, window: window) { stage in
      if !isOn {
        try await switchOff(
          """
          create function forget() returns trigger language plpgsql as $$ begin new.claimed := '{}'; return new; end $$;
          create trigger forget before update on channel_windows for each row execute function forget()
          """, stage)
      }
      try await stage.startWorker()
      try await stage.brand.plan()
      if isOn {
        let verdict = try await stage.verdict(mayBeUnknown: 0)
        #expect(verdict.findings.isEmpty)
      } else {
        let judge = Judge(expected: stage.brand.expected, mayBeUnknown: 0, window: .seconds(window))
        let hasty = Set(stage.brand.robots.map { "\(RobotID(key: $0.key))" })
        try await eventually {
          let found = judge.findings(ledger: try await stage.brand.ledger(), log: try stage.sandbox.arrivals())
          return hasty == Set(found.compactMap { if case .tooFast(let robot, _) = $0 { robot } else { nil } })
        }
      }
    }
  }

  /// The claim: what was claimed by a worker that is gone is sent again, as queues do that know no claims.
  @Test(arguments: [true, false]) func withoutTheClaimTheJudgeSeesDoubles(isOn: Bool) async throws {
    try await FaultStage.with(rooms: 20, plans: 1) { stage in
      if !isOn {
        try await switchOff(
          """
          create function again() returns trigger language plpgsql as $$
          begin
            if new.state = 'unknown' and new.reason = 'worker_lost' then
              new.state := 'ready'; new.claim := null; new.settled_at := null;
            end if;
            return new;
          end $$;
          create trigger again before update on deliveries for each row execute function again()
          """, stage)
      }
      try await stage.sandbox.misbehave([FaultRule(.slow, delayMilliseconds: 3_000)])
      let victim = try await stage.startWorker()
      try await stage.brand.plan()
      try await eventually { try stage.sandbox.arrivals().accepted().count >= FaultStage.slots / 2 }
      victim.send(SIGKILL)
      try await stage.sandbox.misbehave([])
      try await stage.startWorker()
      let verdict = try await stage.verdict(mayBeUnknown: FaultStage.slots)
      #expect(verdict.count(.unknown) > 0 || !isOn)
      let doubled = verdict.findings.count { if case .doubled = $0 { true } else { false } }
      #expect(isOn ? verdict.findings.isEmpty : doubled > 0, "\(verdict.findings)")
    }
  }

  /// The epoch: an attempt that was overtaken claims behind the other's back, and when its worker is then killed nobody
  /// settles the claim.
  ///
  /// Leases last long here and are ended in Redis by hand, so that both workers believe in theirs; a lock on the contents
  /// holds both right before their claims.
  @Test(arguments: [true, false]) func withoutTheEpochTheJudgeSeesLosses(isOn: Bool) async throws {
    // As many slots as there are runs: nobody takes his own runs over.
    let patient = [
      "NUANQUN_LEASE_SECONDS": "120", "NUANQUN_HEARTBEAT_SECONDS": "50", "NUANQUN_WORKER_SLOTS": "5",
    ]
    try await FaultStage.with(rooms: 5, plans: 1, settings: patient) { stage in
      if !isOn {
        let body = "create or replace function ops.require_epoch(run uuid, epoch integer) returns void"
        try await stage.owner.lease { connection in
          try await connection.query(SQL(verbatim: body + " language sql security definer as $$ select null::void $$"))
        }
      }
      try await stage.sandbox.misbehave([FaultRule(.slow, delayMilliseconds: 20_000)])
      let schema = try await schema(of: stage)
      try await stage.brand.plan()
      let (first, second) = try await stage.owner.transaction { lock in
        try await lock.query("lock table \(identifier: schema).content_versions in access exclusive mode")
        return try await overtake(stage)
      }
      // The first goes on alone, and claims if it may.
      try await eventually(within: .seconds(20)) {
        if isOn { return try await stage.runs(of: second) == stage.brand.robots.count }
        return try stage.sandbox.arrivals().accepted().count == stage.brand.robots.count
      }
      if isOn { try await Task.sleep(for: .seconds(2)) }
      first.send(SIGKILL)
      second.send(SIGCONT)
      try await stage.sandbox.misbehave([])
      let verdict = try await stage.verdict(on: stage.brand.expected, mayBeUnknown: 0, within: .seconds(30))
      let lost = verdict.findings.count { if case .lost(_, .sending) = $0 { true } else { false } }
      #expect(isOn ? verdict.findings.isEmpty : lost == stage.brand.robots.count, "\(verdict.findings)")
    }
  }

  /// Lets one worker start all runs and another one take them over, and leaves the second one frozen.
  private func overtake(_ stage: FaultStage) async throws -> (first: ProductProcess, second: ProductProcess) {
    let count = stage.brand.robots.count
    let first = try await stage.startWorker()
    try await eventually { try await stage.runs(of: first) == count }
    let end = "for _, run in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZADD', KEYS[1], 1, run) end"
    try RedisCommandLine.run(["EVAL", end, "1", "nq:{main}:leases"], on: stage.redis)
    let second = try await stage.startWorker()
    try await eventually { try await stage.runs(of: second) == count }
    // Both have looked for what others left claimed, and stand before the lock.
    try await eventually {
      let waiting = try await stage.owner.read(
        "select count(*) as waiting from pg_stat_activity where wait_event_type = 'Lock'")
      return try waiting.first?.value("waiting") == 2 * count
    }
    second.send(SIGSTOP)
    return (first, second)
  }

  private func switchOff(_ sql: String, _ stage: FaultStage) async throws {
    let schema = try await schema(of: stage)
    for statement in sql.split(separator: ";\ncreate trigger").enumerated() {
      let text = (statement.offset == 0 ? "" : "create trigger") + statement.element
      try await stage.owner.transaction { transaction in
        try await transaction.query("select set_config('search_path', \(schema), true)")
        try await transaction.query(SQL(verbatim: text))
      }
    }
  }

  private func schema(of stage: FaultStage) async throws -> String {
    let rows = try await stage.owner.read("select schema_name from control.brands")
    return try rows.first?.value("schema_name") ?? ""
  }
}
