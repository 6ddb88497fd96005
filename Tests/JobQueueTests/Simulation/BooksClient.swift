import Foundation
import Identifiers
import JobQueue

@testable import JobQueue

/// The books as one process reaches them.
struct BooksClient: RunBooks {
  let books: MemoryBooks
  let wire: Wire
  let time: EngineTime

  private func call<Value: Sendable>(
    _ name: String, _ act: @escaping @Sendable (MemoryBooks) throws -> Value
  ) async throws -> Value {
    let books = books
    return try await wire.call(.books, name) { try act(books) }
  }

  /// These books never go back: nobody needs to have seen how far they had counted.
  func examine(after beat: Int, by worker: String) async throws -> CellClosing? { nil }

  func note(_ loss: HistoryLost, by worker: String) async throws -> Bool { true }

  func start(_ ids: [ID<Run>], worker: String, after beat: Int) async throws -> Starts {
    try await call("start") { try $0.start(ids, worker: worker) }
  }

  func finish(_ endings: [Ending]) async throws -> Finishes {
    let horizon = time.date(in: RunIndex.horizon)
    return try await call("finish") { try $0.finish(endings, horizon: horizon) }
  }

  func report(_ run: ID<Run>, epoch: Int, step: String?, progress: Double?) async throws -> Bool {
    try await call("report") { $0.isCurrent(run, epoch) }
  }

  func cancelled(of worker: String) async throws -> [ID<Run>] {
    try await call("cancelled") { books in
      books.ordered.filter { $0.worker == worker && $0.state == .running && $0.isCancelled }.map(\.run.id)
    }
  }

  func sweep(limit: Int, push: ([Run]) async throws -> Void) async throws -> Int {
    let horizon = time.date(in: RunIndex.horizon)
    return try await transaction("sweep") { session in
      let runs = try await call("sweep") { try $0.takeUnswept(limit, before: horizon, session) }
      if !runs.isEmpty { try await push(runs) }
      return runs.count
    }
  }

  /// Whatever fails ends the transaction, and with it its locks: at once, or when the server notices.
  private func transaction<Value: Sendable>(
    _ name: String, _ body: (Int) async throws -> Value
  ) async throws -> Value {
    let (books, process) = (books, wire.process)
    let session = books.begin(process)
    do {
      let value = try await body(session)
      try await call("commit of \(name)") { try $0.commit(session) }
      return value
    } catch {
      books.world.after(.milliseconds(books.world.random.number(0...3_000))) { books.end(session) }
      throw error
    }
  }

  func exclusively(_ turn: String, _ body: () async throws -> Void) async throws {
    try await transaction(turn) { session in
      guard try await call("turn to \(turn)", { $0.lock(turn, session) }) else { return }
      try await body()
    }
  }

  func ready(
    swept: Bool, before horizon: Date, after place: (due: Date, id: ID<Run>)?, limit: Int
  ) async throws -> [Run] {
    try await call("ready") { books in
      guard books.missing != .mending else { return [] }
      let runs = books.rows.values.filter { row in
        row.state == .ready && row.isSwept == swept && row.run.dueAt < horizon
          && place.map { (row.run.dueAt, row.run.id) > $0 } ?? true
      }
      return Array(runs.map(\.run).sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }.prefix(limit))
    }
  }

  func running(startedBefore instant: Date, after id: ID<Run>?, limit: Int) async throws -> [(Run, worker: String)] {
    try await call("running") { books in
      let rows = books.ordered.filter { row in
        row.state == .running && row.startedAt < instant && id.map { row.run.id > $0 } ?? true
      }
      return rows.prefix(limit).map { ($0.run, $0.worker ?? "") }
    }
  }

  func ended(_ ids: [ID<Run>]) async throws -> [ID<Run>] {
    try await call("ended") { books in ids.filter { books.rows[$0]?.state.isEnd ?? true } }
  }

  func ended(pauses keys: [String]) async throws -> [String] {
    guard !keys.isEmpty else { return [] }
    return try await call("pauses") { books in keys.filter { !books.pauses.contains($0) } }
  }

  func generation() async throws -> (id: UUID, ticks: Int) {
    try await call("generation") { ($0.generation, $0.ticks) }
  }

  func beginGeneration(after id: UUID) async throws -> UUID {
    try await call("begin generation") { books in
      guard books.generation == id else { return }
      (books.generation, books.ticks) = (UUID.drawn(from: &books.world.random), 0)
    }
    return try await generation().id
  }

  func note(ticks: Int, of generation: UUID) async throws {
    try await call("note") { books in
      if books.generation == generation { books.ticks = max(books.ticks, ticks) }
    }
  }

  func tend(retention: TimeInterval) async throws -> Int { 0 }
  func overview() async throws -> QueueOverview? { nil }
}
