public import Foundation
public import Identifiers
public import Postgres
import Tracing

extension RunStore {
  /// Adds runs in the caller's own transaction, which acts as the tenant. Returns those that were added.
  public static func enqueue(
    _ runs: [NewRun], of tenant: ID<Tenant>, in session: some PostgresSession
  ) async throws -> [Run] {
    guard !runs.isEmpty else { return [] }
    return try await withSpan("run.enqueue", ofKind: .producer) { span in
      let added = try await add(runs, of: tenant, trace: RunTrace.text(of: span.context), in: session)
      if span.isRecording {
        span.updateAttributes { attributes in
          attributes["run.tenant"] = "\(tenant)"
          attributes["run.kinds"] = Set(runs.map(\.kind)).sorted()
          attributes["run.count"] = added.count
        }
      }
      return added
    }
  }

  private static func add(
    _ runs: [NewRun], of tenant: ID<Tenant>, trace: String?, in session: some PostgresSession
  ) async throws -> [Run] {
    let places = runs.map(\.place)
    let added = try await session.query(
      """
      select id, due_at from ops.enqueue(
        \(runs.map(\.id)), \(runs.map(\.kind)), \(places.map(\.lane.name)), \(places.map(\.runClass.rawValue)),
        \(places.map(\.source)), \(places.map(\.gate)), \(runs.map(\.payload))::text[]::jsonb[],
        \(runs.map(\.uniqueKey)), \(runs.map(\.uniqueUntil)), \(runs.map(\.dueAt)), \(runs.map(\.batch)),
        \(trace))
      """)
    let dues = Dictionary(uniqueKeysWithValues: try added.map { try $0.decode(ID<Run>.self, Date.self) })
    return runs.compactMap { run in
      dues[run.id].map { Run(id: run.id, tenant: tenant, place: run.place, dueAt: $0) }
    }
  }

  /// Adds runs and one that follows when all of them have ended, well or not. A run of a batch has no key.
  ///
  /// `ops.batches` then says how many there were and how many failed; the follower's payload names the batch if it wants
  /// to know. A run of it that a person tries again later does not count a second time.
  public static func enqueue(
    _ runs: [NewRun], followedBy completion: NewRun, batch: UUID, of tenant: ID<Tenant>,
    in session: some PostgresSession
  ) async throws -> [Run] {
    precondition(runs.allSatisfy { $0.uniqueKey == nil }, "a run that another one may stand for cannot be counted")
    guard !runs.isEmpty else { return try await enqueue([completion], of: tenant, in: session) }
    try await session.query("select ops.open_batch(\(batch), \(runs.count)::integer, \(completion.id))")
    var members = runs
    for index in members.indices { members[index].batch = batch }
    var follower = completion
    follower.waitsForever()
    _ = try await enqueue([follower], of: tenant, in: session)
    return try await enqueue(members, of: tenant, in: session)
  }
}
