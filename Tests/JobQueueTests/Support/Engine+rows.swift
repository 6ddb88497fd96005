import Foundation
import Identifiers
import JobQueue
import Postgres
import TestSupport

/// A run as it stands in `ops.runs`.
struct RunRow: Sendable, Equatable {
  let state: String
  let epoch: Int
  let attempts: Int
  let crashes: Int
  let worker: String?
  let error: String?
}

extension Engine {
  func row(_ run: ID<Run>) async throws -> RunRow {
    let rows = try await deployment.pool.read(
      "select state, epoch, attempts, crashes, worker, error from ops.runs where id = \(run)")
    guard let row = rows.first else { throw GaveUpWaiting(description: "the run \(run) has no row") }
    let (state, epoch, attempts, crashes, worker, error) = try row.decode(
      String.self, Int.self, Int.self, Int.self, String?.self, String?.self)
    return RunRow(state: state, epoch: epoch, attempts: attempts, crashes: crashes, worker: worker, error: error)
  }

  /// How many runs stand in each state.
  func states() async throws -> [String: Int] {
    let rows = try await deployment.pool.read("select state, count(*) from ops.runs group by state")
    return Dictionary(uniqueKeysWithValues: try rows.map { try $0.decode(String.self, Int.self) })
  }

  /// Each run's epoch: how often it was started.
  func epochs() async throws -> [ID<Run>: Int] {
    let rows = try await deployment.pool.read("select id, epoch from ops.runs")
    return Dictionary(uniqueKeysWithValues: try rows.map { try $0.decode(ID<Run>.self, Int.self) })
  }

  func untilDone(_ count: Int) async throws {
    var last: [String: Int] = [:]
    try await eventually("\(count) runs are done; they stand as \(last)") {
      last = try await states()
      return last == ["done": count]
    }
  }

  func until(_ run: ID<Run>, stands state: String) async throws {
    try await eventually("\(run) stands as \(state)") { try await row(run).state == state }
  }
}
