import Foundation
import Identifiers

/// The truth about runs, as the engine asks for it: Postgres in production (`RunStore`), and memory where the engine itself
/// is measured (`WillingBooks`) or simulated.
protocol RunBooks: Sendable {
  func start(_ ids: [ID<Run>], worker: String, after beat: Int) async throws -> Starts
  func examine(after beat: Int, by worker: String) async throws -> CellClosing?
  func note(_ loss: HistoryLost, by worker: String) async throws -> Bool
  @discardableResult func finish(_ endings: [Ending]) async throws -> Finishes
  func report(_ run: ID<Run>, epoch: Int, step: String?, progress: Double?) async throws -> Bool
  func cancelled(of worker: String) async throws -> [ID<Run>]
  func sweep(limit: Int, push: ([Run]) async throws -> Void) async throws -> Int
  func ready(swept: Bool, before horizon: Date, after place: (due: Date, id: ID<Run>)?, limit: Int) async throws
    -> [Run]
  func running(startedBefore instant: Date, after id: ID<Run>?, limit: Int) async throws -> [(Run, worker: String)]
  func ended(_ ids: [ID<Run>]) async throws -> [ID<Run>]
  func ended(pauses keys: [String]) async throws -> [String]
  func generation() async throws -> (id: UUID, ticks: Int)
  func beginGeneration(after id: UUID) async throws -> UUID
  func note(ticks: Int, of generation: UUID) async throws
  func exclusively(_ turn: String, _ body: () async throws -> Void) async throws
  func tend(retention: TimeInterval) async throws -> Int
  /// Nil where nobody looks.
  func overview() async throws -> QueueOverview?
}

extension RunStore: RunBooks {
  func overview() async throws -> QueueOverview? { try await RunDesk.overview(of: nil, worst: 0, in: self) }
}
