public import Foundation
public import Identifiers
import Postgres

/// A run as a person sees it.
public struct RunRecord: Sendable, Hashable {
  /// Its identifier.
  public let id: ID<Run>
  /// Whose it is.
  public let tenant: ID<Tenant>
  /// The kind of job.
  public let kind: String
  /// Lane, class, source and gate.
  public let place: RunPlace
  /// Where it stands.
  public let state: RunState
  /// What the job is told: ids and times.
  public let payload: String
  /// When it may start.
  public let dueAt: Date
  /// How often it was started.
  public let epoch: Int
  /// How many attempts failed.
  public let attempts: Int
  /// How many attempts ended without a word.
  public let crashes: Int
  /// Who performs it.
  public let worker: String?
  /// What the attempt said last.
  public let step: String?
  /// How far it is, from 0 to 1.
  public let progress: Double?
  /// How the last attempt failed.
  public let error: String?
  /// What is known of the attempts that ended without a word, as JSON.
  public let evidence: String?
  /// Whether somebody asked for its end.
  public let isBeingCancelled: Bool
  /// When it was made.
  public let createdAt: Date
  /// When the last attempt began.
  public let startedAt: Date?
  /// When it ended.
  public let endedAt: Date?
}

/// Somebody's act upon the queue.
public struct AuditEntry: Sendable, Hashable {
  /// Counts up.
  public let number: Int
  /// When.
  public let at: Date
  /// Who.
  public let byWhom: String
  /// What: retry, cancel, front, pause, resume.
  public let act: String
  /// Upon what.
  public let subject: String
}

/// How much waits and for how long, by class.
public struct QueueOverview: Sendable, Hashable {
  /// One class, or one tenant.
  public struct Part: Sendable, Hashable {
    /// The class, or the tenant's id.
    public let name: String
    /// Due and waiting.
    public let ready: Int
    /// Performed at this moment.
    public let running: Int
    /// Failed at least once and waiting for another attempt.
    public let retrying: Int
    /// How long the oldest that is due has waited, in seconds.
    public let oldest: Double
    /// How long half of those that are due have waited at least, in seconds.
    public let median: Double
    /// How long one in a hundred has waited at least, in seconds.
    public let p99: Double
  }

  /// By class, in the classes' order.
  public var classes: [Part] = []
  /// The tenants whose oldest run has waited longest; only where the desk sees all.
  public var tenants: [Part] = []
  /// Given up, for a person to look at.
  public var dead = 0
  /// Put aside, for a person to look at.
  public var quarantined = 0
}

extension RunDesk {
  /// Runs by age, the newest first, of what is chosen.
  ///
  /// - Parameter id: the last one seen.
  public func runs(_ choice: RunChoice, before id: ID<Run>? = nil) async throws -> [RunRecord] {
    let place: SQL = id.map { "and r.id < \($0)" } ?? ""
    return try await store.long(
      """
      select r.*, r.payload::text as payload_text, r.evidence::text as evidence_text,
        r.progress::float8 as part_done from ops.runs r
      where \(choice.condition(tenant: tenant, on: "r")) \(place) order by r.id desc limit \(choice.limit)
      """
    ).map(RunRecord.init)
  }

  /// One run; nil when there is none, or it is another tenant's.
  public func run(_ id: ID<Run>) async throws -> RunRecord? { try await runs(RunChoice([id])).first }

  /// The latest acts, the newest first.
  public func audit(before number: Int? = nil, limit: Int = 50) async throws -> [AuditEntry] {
    let mine: SQL = tenant.map { "brand_id = \($0)" } ?? "true"
    let place: SQL = number.map { "and id < \($0)" } ?? ""
    return try await store.long(
      "select id, at, by_whom, act, subject from ops.audit where \(mine) \(place) order by id desc limit \(limit)"
    ).map { row in
      AuditEntry(
        number: try row.value("id"), at: try row.value("at"), byWhom: try row.value("by_whom"),
        act: try row.value("act"), subject: try row.value("subject"))
    }
  }

  /// How it stands. Costs a look at everything that is ready or running.
  public func overview(worst: Int = 10) async throws -> QueueOverview {
    try await Self.overview(of: tenant, worst: worst, in: store)
  }

  static func overview(of tenant: ID<Tenant>?, worst: Int, in store: RunStore) async throws -> QueueOverview {
    let mine: SQL = tenant.map { "and brand_id = \($0)" } ?? ""
    let parts = try await store.long(
      """
      with waiting as (
        select class, brand_id, state, attempts,
          case when state = 'ready' and due_at <= clock_timestamp()
            then extract(epoch from clock_timestamp() - due_at)::float8 end as age
        from ops.runs where state in ('ready', 'running') \(mine)
      )
      select class, brand_id::text as tenant, count(age) as ready,
        count(*) filter (where state = 'running') as running,
        count(*) filter (where state = 'ready' and attempts > 0) as retrying, coalesce(max(age), 0) as oldest,
        coalesce(percentile_cont(0.5) within group (order by age), 0)::float8 as median,
        coalesce(percentile_cont(0.99) within group (order by age), 0)::float8 as p99
      from waiting group by grouping sets ((class), (brand_id)) order by oldest desc
      """)
    var overview = QueueOverview()
    for row in parts {
      if let runClass: String = try row.value("class") {
        overview.classes.append(try QueueOverview.Part(row, name: runClass))
      } else if tenant == nil, overview.tenants.count < worst {
        overview.tenants.append(try QueueOverview.Part(row, name: try row.value("tenant")))
      }
    }
    let order = RunClass.allCases.map(\.rawValue)
    overview.classes.sort { order.firstIndex(of: $0.name) ?? 0 < order.firstIndex(of: $1.name) ?? 0 }
    let failed = try await store.long(
      """
      select count(*) filter (where state = 'dead') as dead, count(*) filter (where state = 'quarantined') as aside
      from ops.runs where state in ('dead', 'quarantined') \(mine)
      """)
    if let row = failed.first { (overview.dead, overview.quarantined) = try row.decode(Int.self, Int.self) }
    return overview
  }
}

extension QueueOverview.Part {
  fileprivate init(_ row: PostgresRow, name: String) throws {
    self.init(
      name: name, ready: try row.value("ready"), running: try row.value("running"),
      retrying: try row.value("retrying"), oldest: try row.value("oldest"), median: try row.value("median"),
      p99: try row.value("p99"))
  }
}

extension RunRecord {
  fileprivate init(_ row: PostgresRow) throws {
    let run = try Run(row)
    self.init(
      id: run.id, tenant: run.tenant, kind: try row.value("kind"), place: run.place,
      state: RunState(rawValue: try row.value("state")) ?? .dead, payload: try row.value("payload_text"),
      dueAt: run.dueAt, epoch: try row.value("epoch"), attempts: try row.value("attempts"),
      crashes: try row.value("crashes"), worker: try row.value("worker"), step: try row.value("step"),
      progress: try row.value("part_done"), error: try row.value("error"),
      evidence: try row.value("evidence_text"), isBeingCancelled: try row.value("cancel_at", as: Date?.self) != nil,
      createdAt: try row.value("created_at"), startedAt: try row.value("started_at"),
      endedAt: try row.value("ended_at"))
  }
}
