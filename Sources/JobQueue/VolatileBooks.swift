import Foundation
public import Identifiers
import NIOConcurrencyHelpers

/// Runs in this process's memory instead of in Postgres: what the engine costs without its durable side.
///
/// For measuring and simulating the engine. What it holds is gone with the process, so nothing of the product uses it.
public final class VolatileBooks: Sendable {
  private struct Row {
    let run: Run
    let kind: String
    let payload: String
    var worker: String?
    var epoch = 0
    var attempts = 0
    var crashes = 0
    var error: String?
  }

  private struct State {
    var rows: [ID<Run>: Row] = [:]
    var done = 0
    var failed = 0
    var generation = UUID()
    var ticks = 0
  }

  private let state = NIOLockedValueBox(State())

  /// No runs.
  public init() {}

  /// Takes runs in, as an enqueue does, and returns what the index has to be told.
  public func add(_ runs: [NewRun], of tenant: ID<Tenant>) -> [Run] {
    state.withLockedValue { state in
      runs.map { new in
        let run = Run(id: new.id, tenant: tenant, place: new.place, dueAt: new.dueAt ?? .now)
        state.rows[run.id] = Row(run: run, kind: new.kind, payload: new.payload)
        return run
      }
    }
  }

  /// How many have succeeded.
  public var done: Int { state.withLockedValue { $0.done } }
  /// How many have been given up.
  public var failed: Int { state.withLockedValue { $0.failed } }
}

extension VolatileBooks: RunBooks {
  func examine(after beat: Int, by worker: String) async throws -> CellClosing? { nil }

  func start(_ ids: [ID<Run>], worker: String, after beat: Int) async throws -> Starts {
    state.withLockedValue { state in
      ids.reduce(into: Starts()) { starts, id in
        guard var row = state.rows[id] else { return }
        row.crashes += row.worker == nil ? 0 : 1
        row.epoch += 1
        row.worker = worker
        state.rows[id] = row
        starts.started.append(
          StartedRun(
            id: id, tenant: row.run.tenant, kind: row.kind, runClass: row.run.place.runClass, dueAt: row.run.dueAt,
            payload: row.payload, epoch: row.epoch, attempts: row.attempts, crashes: row.crashes))
      }
    }
  }

  func finish(_ endings: [Ending]) async throws -> Finishes {
    state.withLockedValue { state in
      endings.reduce(into: Finishes()) { finishes, ending in
        guard var row = state.rows[ending.run], row.epoch == ending.epoch, row.worker != nil else { return }
        finishes.written.insert(ending.run)
        switch ending.state {
        case .done: state.done += 1
        case .dead, .quarantined, .cancelled: state.failed += 1
        case .ready:
          row.worker = nil
          row.attempts += ending.chargesAttempt ? 1 : 0
          row.error = ending.error ?? row.error
          state.rows[ending.run] = row
          return
        }
        state.rows[ending.run] = nil
      }
    }
  }

  func report(_ run: ID<Run>, epoch: Int, step: String?, progress: Double?) async throws -> Bool {
    state.withLockedValue { $0.rows[run]?.epoch == epoch }
  }

  func cancelled(of worker: String) async throws -> [ID<Run>] { [] }
  func sweep(limit: Int, push: ([Run]) async throws -> Void) async throws -> Int { 0 }

  /// Nothing is ever swept here.
  func ready(
    swept: Bool, before horizon: Date, after place: (due: Date, id: ID<Run>)?, limit: Int
  ) async throws -> [Run] {
    guard !swept else { return [] }
    let runs = state.withLockedValue { state in
      state.rows.values.filter { row in
        row.worker == nil && row.run.dueAt < horizon && place.map { (row.run.dueAt, row.run.id) > $0 } ?? true
      }.map(\.run)
    }
    return Array(runs.sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }.prefix(limit))
  }

  func running(startedBefore instant: Date, after id: ID<Run>?, limit: Int) async throws -> [(Run, worker: String)] {
    let rows = state.withLockedValue { state in
      state.rows.values.filter { row in row.worker != nil && id.map { row.run.id > $0 } ?? true }
    }
    return rows.sorted { $0.run.id < $1.run.id }.prefix(limit).map { ($0.run, $0.worker ?? "") }
  }

  func ended(_ ids: [ID<Run>]) async throws -> [ID<Run>] {
    state.withLockedValue { state in ids.filter { state.rows[$0] == nil } }
  }

  func ended(pauses keys: [String]) async throws -> [String] { keys }
  func generation() async throws -> (id: UUID, ticks: Int) { state.withLockedValue { ($0.generation, $0.ticks) } }

  func beginGeneration(after id: UUID) async throws -> UUID {
    state.withLockedValue { state in
      if state.generation == id { (state.generation, state.ticks) = (UUID(), 0) }
      return state.generation
    }
  }

  func note(ticks: Int, of generation: UUID) async throws {
    state.withLockedValue { if $0.generation == generation { $0.ticks = max($0.ticks, ticks) } }
  }

  func exclusively(_ turn: String, _ body: () async throws -> Void) async throws { try await body() }
  func tend(retention: TimeInterval) async throws -> Int { 0 }
  func overview() async throws -> QueueOverview? { nil }
}
