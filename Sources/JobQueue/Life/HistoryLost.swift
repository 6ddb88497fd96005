public import Foundation
import Postgres

/// What an attempt had committed is not in Postgres any more: an older copy of its files was put back.
///
/// Thrown by a job that finds nothing left of its claim, before anything else begins. The worker closes the cell, since
/// what else is missing nobody knows, and writes the evidence to the log and the audit table.
public struct HistoryLost: Error, CustomStringConvertible {
  /// When it was committed, by Postgres's clock.
  public let committedAt: Date
  /// What the attempt knows: ids and outcomes.
  public let evidence: [String: String]

  /// A loss with what is known of it.
  public init(committedAt: Date, evidence: [String: String]) {
    self.committedAt = committedAt
    self.evidence = evidence
  }

  /// For people.
  public var description: String {
    let known = evidence.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return "Postgres has forgotten what was committed at \(committedAt.ISO8601Format()): \(known)"
  }
}

extension RunStore {
  /// Closes the cell, unless it was opened since. True when it is closed now.
  func note(_ loss: HistoryLost, by worker: String) async throws -> Bool {
    let evidence = String(decoding: try JSONEncoder.payload.encode(loss.evidence), as: UTF8.self)
    return try await pool.transaction { transaction in
      try await transaction.query(
        "select ops.forgotten(\(loss.committedAt), \(worker), \(evidence)::text::jsonb) as closed"
      ).first?.value("closed") ?? true
    }
  }
}
