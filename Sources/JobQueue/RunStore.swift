import Foundation
import Identifiers
public import Postgres

/// The SQL of `ops.runs`: the truth about runs of one cell.
public struct RunStore: Sendable {
  let pool: PostgresPool

  /// Works with the application's login, across brands.
  public init(_ pool: PostgresPool) {
    self.pool = pool
  }

  /// Raises the epochs of runs in one statement. A run that stood as running crashed before, which leaves evidence.
  ///
  /// What is missing in the answer has ended. Two seconds early is not early: the clocks of two machines differ.
  ///
  /// - Parameter beat: how far starts of this cell are known to have counted. Where Postgres knows less it went back.
  /// - Throws: an error with `isCellClosed` when the cell is closed or went back; then nothing was started.
  func start(_ ids: [ID<Run>], worker: String, after beat: Int = 0) async throws -> Starts {
    guard let (first, last) = ids.bounds else { return Starts() }
    // One pass over the rows: to lock them apart first would cost as much again. The primary key is read in order, so that
    // two who want the same rows meet them in the same order; should a plan ever differ, one of them is aborted and comes
    // again. Pauses are looked up for each row only where there are any.
    let rows = try await pool.transaction { transaction in
      try await transaction.query(
        """
        with life as materialized (
          select ops.beat(\(beat)) as beat
        ), started as (
          update ops.runs r
          set state = 'running', epoch = r.epoch + 1, worker = \(worker), started_at = clock_timestamp(), step = null,
            crashes = r.crashes + (r.state = 'running')::int,
            evidence = case when r.state <> 'running' then r.evidence else coalesce(r.evidence, '[]') ||
              jsonb_build_object('worker', r.worker, 'started_at', r.started_at, 'step', r.step, 'error', r.error) end
          where r.id = any(\(ids)) and r.id between \(first) and \(last) and (select beat from life) > 0
            and (r.state = 'running' or r.state = 'ready' and r.due_at <= clock_timestamp() + interval '2 seconds'
              and (r.cancel_at is not null or not exists (select from ops.pauses)
                or not exists (select from ops.pauses p where p.key in (\(RunStore.pauseKeys(of: "r"))))))
          returning r.id, r.brand_id, r.kind, r.payload::text, r.epoch, r.attempts, r.crashes, r.cancel_at,
            r.class, r.due_at, r.trace
        ), others as (
          select r.id, r.due_at, case when r.due_at <= clock_timestamp() + interval '2 seconds' and r.cancel_at is null
            then (select min(p.key) from ops.pauses p where p.key in (\(RunStore.pauseKeys(of: "r")))) end as pause
          from ops.runs r
          where (select count(*) from started) < \(ids.count)::integer and (select beat from life) > 0
            and r.id = any(\(ids)) and r.id between \(first) and \(last)
            -- Also what stood as running in this statement's snapshot and has been given back since.
            and r.state in ('ready', 'running') and r.id not in (select id from started)
        )
        select id, brand_id, kind, payload, epoch, attempts, crashes, cancel_at is not null as cancelled,
          class, due_at, null::text as pause, null::float8 as early, (select beat from life) as beat,
          trace from started
        union all
        select id, null, '', '', 0, 0, 0, false, '', null, pause,
          extract(epoch from least(due_at, clock_timestamp() + interval '1 day') - clock_timestamp())::float8, 0,
          null::text
        from others
        """)
    }
    return try rows.reduce(into: Starts()) { starts, row in try starts.add(row) }
  }

  /// The keys of the pauses that hold a run back.
  private static func pauseKeys(of table: String) -> SQL {
    let r: SQL = "\(identifier: table)"
    return """
      'brand:' || \(r).brand_id, 'source:' || \(r).brand_id || ':' || \(r).source, 'kind:' || \(r).kind,
      'gate:' || \(r).brand_id || ':' || \(r).gate
      """
  }

  /// Writes how attempts ended, each only if its epoch still stands, and returns the runs whose end was written, and those
  /// that follow a batch which is complete by them.
  @discardableResult
  func finish(_ endings: [Ending]) async throws -> Finishes {
    guard let (first, last) = endings.map(\.run).bounds else { return Finishes() }
    let horizon = Date(timeIntervalSinceNow: RunIndex.horizon)
    // Most runs are just done: nothing of them has to be carried through a join.
    let (done, others) = (endings.filter(\.isPlain), endings.filter { !$0.isPlain })
    let rows = try await pool.transaction { transaction in
      try await transaction.query(
        """
        with done as (
          update ops.runs r set state = 'done', worker = null, ended_at = clock_timestamp()
          where r.id = any(\(done.map(\.run))) and r.id between \(first) and \(last) and r.state = 'running'
            and (r.id, r.epoch) in (select * from unnest(\(done.map(\.run)), \(done.map(\.epoch))))
          returning r.id, r.brand_id, r.batch_id, true as ends, r.state
        ), endings as (
          select e.id, e.epoch, e.state, e.charge, e.error, e.state <> 'ready' as ends,
            coalesce(e.due_at, clock_timestamp() + e.delay * interval '1 second') as due_at
          from unnest(
            \(others.map(\.run)), \(others.map(\.epoch)), \(others.map(\.state.rawValue)),
            \(others.map(\.dueAt)), \(others.map { $0.delay.map { $0 / .seconds(1) } }),
            \(others.map { $0.chargesAttempt ? 1 : 0 }), \(others.map(\.error)))
            as e (id, epoch, state, due_at, delay, charge, error)
        ), changed as (
          update ops.runs r
          set state = e.state, due_at = coalesce(e.due_at, r.due_at), attempts = r.attempts + e.charge,
            error = coalesce(e.error, r.error), worker = null,
            swept = r.swept and coalesce(e.due_at, r.due_at) < \(horizon),
            ended_at = case when e.ends then clock_timestamp() end
          from endings e
          where r.id = e.id and r.id = any(\(others.map(\.run))) and r.id between \(first) and \(last)
            and r.epoch = e.epoch and r.state = 'running'
          returning r.id, r.brand_id, r.batch_id, e.ends, e.state
        ), written as materialized (
          select * from done union all select * from changed
        ), keyed as materialized (
          select k.brand_id, k.key, k.run_id, coalesce(k.until > clock_timestamp(), false) as is_kept
          from written w join ops.run_keys k on k.run_id = w.id where w.ends
        ), freed as (
          delete from ops.run_keys k using keyed w
          where k.brand_id = w.brand_id and k.key = w.key
            and k.run_id = w.run_id and not w.is_kept
        ), kept as (
          update ops.run_keys k set has_ended = true from keyed w
          where k.brand_id = w.brand_id and k.key = w.key and k.run_id = w.run_id and w.is_kept
        ), counted as (
          update ops.batches b set open = b.open - n.ended, failed = b.failed + n.failed
          from (
            select batch_id, brand_id, count(*) as ended, count(*) filter (where state <> 'done') as failed
            from written where ends and batch_id is not null group by batch_id, brand_id
          ) n where b.id = n.batch_id and b.brand_id = n.brand_id
          returning b.completion, b.open, b.brand_id
        ), followed as (
          update ops.runs r set due_at = clock_timestamp(), swept = false
          from counted c where c.open = 0 and r.id = c.completion and r.brand_id = c.brand_id and r.state = 'ready'
          returning \(RunStore.runColumns(of: "r"))
        )
        select true as is_end, id, null::uuid as brand_id, '' as lane, 'normal' as class, '' as source, null as gate,
          clock_timestamp() as due_at from written
        union all select false, \(RunStore.runColumns(of: "followed")) from followed
        """)
    }
    return try rows.reduce(into: Finishes()) { finishes, row in
      if try row.value("is_end") {
        finishes.written.insert(try row.value("id"))
      } else {
        finishes.next.append(try Run(row))
      }
    }
  }

  /// Notes what an attempt says of itself. False when it has been overtaken.
  func report(_ run: ID<Run>, epoch: Int, step: String?, progress: Double?) async throws -> Bool {
    let step = step.map { String($0.replacing("\0", with: "").prefix(300)) }
    return try await pool.transaction { transaction in
      try await transaction.query(
        """
        update ops.runs set step = coalesce(\(step), step), progress = coalesce(\(progress)::real, progress)
        where id = \(run) and epoch = \(epoch)::integer and state = 'running'
        """
      ).affected == 1
    }
  }

  /// Which of a worker's runs somebody wants to end.
  func cancelled(of worker: String) async throws -> [ID<Run>] {
    try await pool.read(
      "select id from ops.runs where worker = \(worker) and state = 'running' and cancel_at is not null limit 200"
    ).map { try $0.value("id") }
  }

  /// How many runs are in each state, for metrics and the doctor.
  public func counts() async throws -> [String: Int] {
    let rows = try await long(
      "select state, count(*) as runs from ops.runs where state not in ('done', 'cancelled') group by state")
    return Dictionary(uniqueKeysWithValues: try rows.map { try $0.decode(String.self, Int.self) })
  }

  /// Reads much: on a connection of its own, so that nobody's short read waits behind it.
  func long(_ statement: SQL) async throws -> PostgresResult {
    try await pool.transaction(TransactionOptions(readOnly: true)) { try await $0.query(statement) }
  }

  /// What the index needs to know of a run, qualified by a table's name.
  static func runColumns(of table: String) -> SQL {
    let names = ["id", "brand_id", "lane", "class", "source", "gate", "due_at"]
    return names.dropFirst().reduce("\(identifier: table).\(identifier: names[0])") { columns, name in
      "\(columns), \(identifier: table).\(identifier: name)"
    }
  }
}

/// What was written of ends.
struct Finishes: Sendable {
  var written: Set<ID<Run>> = []
  /// Runs that have become due by them.
  var next: [Run] = []
}

/// What is wrong with a cell's `ops` schema.
public enum RunStoreError: Error {
  /// The row that names the index's generation is gone: the schema was not made by the migrations.
  case noGeneration
  /// The row that says whether the cell is open is gone.
  case noLife
}

extension Run {
  init(_ row: PostgresRow) throws {
    let lane: String = try row.value("lane")
    let runClass = RunClass(rawValue: try row.value("class")) ?? .normal
    self.init(
      id: try row.value("id"), tenant: try row.value("brand_id"),
      place: RunPlace(Lane(lane), runClass, source: try row.value("source"), gate: try row.value("gate")),
      dueAt: try row.value("due_at"))
  }
}

extension Starts {
  fileprivate mutating func add(_ row: PostgresRow) throws {
    if let pause: String = try row.value("pause") { return paused.append((try row.value("id"), pause)) }
    if let seconds: Double = try row.value("early") {
      return early.append((try row.value("id"), .seconds(max(seconds, 0))))
    }
    beat = try row.value("beat")
    started.append(
      StartedRun(
        id: try row.value("id"), tenant: try row.value("brand_id"), kind: try row.value("kind"),
        runClass: RunClass(rawValue: try row.value("class")) ?? .normal, dueAt: try row.value("due_at"),
        payload: try row.value("payload"), epoch: try row.value("epoch"), attempts: try row.value("attempts"),
        crashes: try row.value("crashes"), isCancelled: try row.value("cancelled"), trace: try row.value("trace")))
  }
}

extension [ID<Run>] {
  /// The least and the greatest: between them lie few of the days' partitions, which Postgres would not see from a list.
  fileprivate var bounds: (ID<Run>, ID<Run>)? {
    guard let first = self.min(), let last = self.max() else { return nil }
    return (first, last)
  }
}

extension UUID {
  static let `nil` = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
