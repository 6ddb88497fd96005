import Foundation
import Identifiers

/// The index of runs, as the engine asks for it: Redis in production (`RunIndex`), and a model of it where the engine is
/// simulated. What each call does is written at `RunIndex` and in `Scripts`.
protocol RunIndexing: Sendable {
  @discardableResult func push(_ runs: [Run]) async throws -> Int
  func reserve(_ wish: ReservationWish, for worker: String, generation: UUID) async throws -> RunIndex.Reservation
  func wait(for lanes: [Lane], as kind: SlotKind, atMost timeout: Duration) async throws
  func settle(_ runs: [Settlement], of worker: String) async throws
  /// Throws `RunIndex.NotWhole` when nobody can say.
  func extend(_ runs: [ID<Run>], of worker: String, lease: Duration) async throws -> [ID<Run>]
  func reap() async throws -> Int
  @discardableResult func restore(_ runs: [(Run, worker: String)], lease: Duration) async throws -> Int
  func forget(_ runs: [ID<Run>]) async throws -> Int
  func rouse(_ pause: String) async throws
  func naps() async throws -> [String]
  func witness(_ beat: Int) async throws -> Int
  func carries(_ generation: UUID) async throws -> Bool
  func declareWhole(_ generation: UUID) async throws
  func ticks() async throws -> Int
  /// Throws `RunIndex.NotWhole` when somebody else has begun to empty it.
  func clear(for generation: UUID) async throws
  func known(from cursor: String) async throws -> (runs: [ID<Run>], next: String)
}

extension RunIndex: RunIndexing {}
