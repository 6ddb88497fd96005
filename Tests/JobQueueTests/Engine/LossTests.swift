import Foundation
import Identifiers
import JobQueue
import Postgres
import Testing

@testable import JobQueue

extension EngineTests {
  /// Redis is emptied, or was never told.
  @Suite struct LossTests {
    /// Writes a line for each run that comes to be done, so that a second time would be seen.
    private func watchEnds(_ engine: Engine) async throws {
      try await engine.asOwner("create table ops.ended (id uuid)")
      try await engine.asOwner("grant insert on ops.ended to public")
      try await engine.asOwner(
        """
        create function ops.note_end() returns trigger language plpgsql as
        'begin insert into ops.ended values (new.id); return null; end'
        """)
      try await engine.asOwner(
        """
        create trigger ended after update of state on ops.runs for each row when (new.state = 'done')
        execute function ops.note_end()
        """)
    }

    private func ends(_ engine: Engine) async throws -> [ID<Run>: Int] {
      let rows = try await engine.asOwner("select id, count(*) from ops.ended group by id")
      return Dictionary(uniqueKeysWithValues: try rows.map { try $0.decode(ID<Run>.self, Int.self) })
    }

    @Test func nothingIsLostWhenRedisIsEmptiedInTheMiddleOfTheWork() async throws {
      try await Engine.with(brands: 3) { engine in
        try await watchEnds(engine)
        let journal = Journal()
        func worker(_ name: String) -> RunningWorker {
          let registry = JobRegistry.errands { _, attempt in
            journal.note(attempt, by: name)
            try await Task.sleep(for: .milliseconds(5))
            return .done
          }
          return RunningWorker(engine, name: name, registry: registry)
        }
        var runs: [ID<Run>] = []
        let losses = 3
        try await engine.with(worker("one"), worker("two")) {
          for brand in 0..<3 { runs += try await engine.enqueueErrands(0..<300, of: brand) }
          for loss in 1...losses {
            try await eventually("\(loss * 150) runs are begun") { journal.count >= loss * 150 }
            #expect(try await engine.loseIndex() > 0)
          }
          try await engine.untilDone(runs.count)
        }
        #expect(try await ends(engine) == Dictionary(uniqueKeysWithValues: runs.map { ($0, 1) }))
        // Every beginning had its start in Postgres. A second one is possible only for what a worker had reserved and
        // not yet started at a loss.
        let epochs = try await engine.epochs()
        #expect(journal.beginnings == epochs)
        let slots = 2 * 4
        #expect(epochs.values.reduce(0, +) - runs.count <= losses * slots)
      }
    }

    @Test func whatRunsGoesOnWhenTheIndexIsBuiltAnew() async throws {
      try await Engine.with { engine in
        let (journal, gate) = (Journal(), Gate())
        let registry = JobRegistry.errands { _, attempt in
          journal.note(attempt)
          try await gate.pass()
          return .done
        }
        try await engine.with(
          RunningWorker(engine, name: "one", registry: registry), RunningWorker(engine, name: "two", registry: registry)
        ) {
          let runs = try await engine.enqueueErrands(0..<6)
          try await eventually("all are begun") { journal.count == 6 }
          try await engine.loseIndex()
          var expiries: [Int] = []
          for run in runs {
            try await eventually("the lease is there again") { try await engine.leaseExpiry(of: run) != nil }
            expiries.append(try await engine.leaseExpiry(of: run) ?? 0)
          }
          // Their workers go on extending them, past the lease that they were put back with.
          for (run, expiry) in zip(runs, expiries) {
            try await eventually("the lease is extended") {
              try await engine.leaseExpiry(of: run) ?? 0 > expiry + 5_000
            }
          }
          gate.open()
          try await engine.untilDone(6)
          #expect(journal.beginnings == Dictionary(uniqueKeysWithValues: runs.map { ($0, 1) }))
          for run in runs { #expect(try await engine.row(run).crashes == 0) }
        }
      }
    }

    @Test func theSweepBringsWhatWasNotPushed() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          _ = try await engine.enqueue(Errand())
          try await engine.untilDone(1)
          try await engine.enqueueErrands(0..<5, pushing: false)
          try await engine.untilDone(6)
        }
      }
    }

    /// The control: it is the sweep that brings them.
    @Test func withoutASweepTheyWouldWait() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        let worker = RunningWorker(engine, registry: registry) { $0.sweep = .seconds(3_600) }
        try await engine.with(worker) {
          _ = try await engine.enqueue(Errand())
          try await engine.untilDone(1)
          let left = try await engine.enqueue(Errand(), pushing: false)
          let pushed = try await engine.enqueueErrands(0..<20)
          try await eventually("what was pushed is done") { try await engine.states()["done"] == pushed.count + 1 }
          #expect(try await engine.row(left).state == "ready")
          #expect(try await !engine.isKnown(left))
        }
      }
    }

    /// Redis came back with an older snapshot, under the same name: what it does not know is found at once, not only by
    /// the comparison, which comes hours later here.
    @Test(arguments: [0, 1]) func anIndexThatCountsLessIsBuiltAnew(stepsBack: Int) async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        let worker = RunningWorker(engine, registry: registry) {
          $0.compare = .seconds(3_600)
          $0.sweep = .seconds(3_600)
        }
        try await engine.with(worker) {
          _ = try await engine.enqueue(Errand())
          try await engine.untilDone(1)
          let generation = try await engine.store.generation().id
          // Known to Postgres alone, and told to the index once before.
          try await engine.enqueueErrands(0..<5, pushing: false)
          try await engine.asOwner("update ops.runs set swept = true")
          if stepsBack == 0 {
            _ = try await engine.redis("SET", "ticks", 0)
          } else {
            try await eventually("it counts one less in time") {
              _ = try await engine.redis("DECR", "ticks")
              return try await engine.store.generation().id != generation
            }
          }
          try await engine.untilDone(6)
          #expect(try await engine.store.generation().id != generation)
          #expect(try await engine.index.carries(engine.store.generation().id))
        }
      }
    }

    /// The first command of an emptying came late: another worker had emptied the index and built it anew by then.
    @Test func anEmptyingThatNobodyEndsIsBegunAgain() async throws {
      try await Engine.with { engine in
        try await engine.with(RunningWorker(engine, registry: .errands { _, _ in .done })) {
          try await engine.enqueueErrands(0..<5)
          try await engine.untilDone(5)
          _ = try await engine.redis("SET", "emptying", UUID().uuidString)
          try await engine.enqueueErrands(0..<5)
          try await engine.untilDone(10)
          #expect(try await engine.index.carries(engine.store.generation().id))
        }
      }
    }

    /// As after a restore of Postgres: whoever knew the old generation takes over the new one.
    @Test func workersFollowANewGeneration() async throws {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { _, _ in .done }
        try await engine.with(
          RunningWorker(engine, name: "one", registry: registry), RunningWorker(engine, name: "two", registry: registry)
        ) {
          try await engine.enqueueErrands(0..<20)
          try await engine.untilDone(20)
          try await engine.asOwner("update ops.generation set id = gen_random_uuid()")
          try await engine.loseIndex()
          try await engine.enqueueErrands(0..<20)
          try await engine.untilDone(40)
          #expect(try await engine.index.carries(engine.store.generation().id))
        }
      }
    }
  }
}
