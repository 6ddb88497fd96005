public import Foundation
import Identifiers
import NIOConcurrencyHelpers

/// Books that hold no runs: whatever the index gives out is started, as a run of one kind, and is forgotten at its end.
///
/// They cost nothing, so that a worker over them shows what the engine's fast path costs. For measuring alone: nothing of
/// the product uses them.
public final class WillingBooks: Sendable {
  private struct State {
    var epochs: [ID<Run>: Int] = [:]
    var generation: UUID
    var ticks = 0
  }

  private let kind: String
  private let payload: String
  private let state: NIOLockedValueBox<State>
  private let tenant = ID<Tenant>()

  /// - Parameter generation: what the index carries while it is whole.
  public init(payload: some JobPayload, generation: UUID) throws {
    kind = type(of: payload).kind
    self.payload = String(decoding: try JSONEncoder.payload.encode(payload), as: UTF8.self)
    state = NIOLockedValueBox(State(generation: generation))
  }
}

extension WillingBooks: RunBooks {
  func start(_ ids: [ID<Run>], worker: String, after beat: Int) async throws -> Starts {
    let now = Date()
    return Starts(
      started: state.withLockedValue { state in
        ids.map { id in
          let epoch = state.epochs[id, default: 0] + 1
          state.epochs[id] = epoch
          return StartedRun(
            id: id, tenant: tenant, kind: kind, runClass: .normal, dueAt: now, payload: payload, epoch: epoch,
            attempts: 0, crashes: 0)
        }
      })
  }

  func finish(_ endings: [Ending]) async throws -> Finishes {
    state.withLockedValue { state in
      endings.reduce(into: Finishes()) { finishes, ending in
        guard state.epochs[ending.run] == ending.epoch else { return }
        if ending.state != .ready { state.epochs[ending.run] = nil }
        finishes.written.insert(ending.run)
      }
    }
  }

  func report(_ run: ID<Run>, epoch: Int, step: String?, progress: Double?) async throws -> Bool {
    state.withLockedValue { $0.epochs[run] == epoch }
  }

  func examine(after beat: Int, by worker: String) async throws -> CellClosing? { nil }
  func note(_ loss: HistoryLost, by worker: String) async throws -> Bool { true }
  func cancelled(of worker: String) async throws -> [ID<Run>] { [] }
  func sweep(limit: Int, push: ([Run]) async throws -> Void) async throws -> Int { 0 }
  func ready(
    swept: Bool, before horizon: Date, after place: (due: Date, id: ID<Run>)?, limit: Int
  ) async throws -> [Run] { [] }
  func running(startedBefore instant: Date, after id: ID<Run>?, limit: Int) async throws -> [(Run, worker: String)] {
    []
  }
  /// Nobody ends but here, where the index is told.
  func ended(_ ids: [ID<Run>]) async throws -> [ID<Run>] { [] }
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
