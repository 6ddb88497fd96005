import Foundation
import Identifiers
import JobQueue

@testable import JobQueue

/// The index as one process reaches it.
struct IndexClient: RunIndexing {
  let index: MemoryIndex
  let wire: Wire
  let time: EngineTime

  private func call<Value: Sendable>(
    _ name: String, _ act: @escaping @Sendable (MemoryIndex) throws -> Value
  ) async throws -> Value {
    let index = index
    return try await wire.call(.index, name) { try act(index) }
  }

  func push(_ runs: [Run]) async throws -> Int {
    let horizon = time.date(in: RunIndex.horizon)
    let near = runs.filter { $0.dueAt < horizon }
    return near.isEmpty ? 0 : try await call("push") { $0.push(near) }
  }

  func reserve(_ wish: ReservationWish, for worker: String, generation: UUID) async throws -> RunIndex.Reservation {
    try await call("reserve") { $0.reserve(wish, for: worker, generation: generation) }
  }

  func wait(for lanes: [Lane], as kind: SlotKind, atMost timeout: Duration) async throws {
    try await call("wait") { _ in }
    let keys = lanes.map { kind.tokens + $0.name }
    try await index.wait(wire.process, for: keys, atMost: timeout)
  }

  func witness(_ beat: Int) async throws -> Int { beat }

  func settle(_ runs: [Settlement], of worker: String) async throws {
    if !runs.isEmpty { try await call("settle") { $0.settle(runs, of: worker) } }
  }

  func extend(_ runs: [ID<Run>], of worker: String, lease: Duration) async throws -> [ID<Run>] {
    runs.isEmpty ? [] : try await call("extend") { try $0.extend(runs, of: worker, lease: lease) }
  }

  func reap() async throws -> Int { try await call("reap") { $0.reap() } }

  func restore(_ runs: [(Run, worker: String)], lease: Duration) async throws -> Int {
    runs.isEmpty ? 0 : try await call("restore") { $0.restore(runs, lease: lease) }
  }

  func forget(_ runs: [ID<Run>]) async throws -> Int {
    runs.isEmpty ? 0 : try await call("forget") { $0.forget(runs) }
  }

  func rouse(_ pause: String) async throws { try await call("rouse") { $0.rouse(pause) } }
  func naps() async throws -> [String] { try await call("naps") { $0.naps } }
  func carries(_ generation: UUID) async throws -> Bool { try await call("carries") { $0.carries(generation) } }
  func declareWhole(_ generation: UUID) async throws { try await call("whole") { $0.declareWhole(generation) } }
  func ticks() async throws -> Int { try await call("ticks") { $0.ticks } }

  func clear(for generation: UUID) async throws {
    try await call("emptying") { $0.beginEmptying(for: generation) }
    try await call("no generation") { try $0.dropGeneration(for: generation) }
    try await call("unlink") { try $0.empty(true, for: generation) }
    try await call("unlink") { try $0.empty(false, for: generation) }
    try await call("emptied") { try $0.endEmptying(for: generation) }
  }

  func known(from cursor: String) async throws -> (runs: [ID<Run>], next: String) {
    (try await call("known") { $0.known }, "0")
  }
}
