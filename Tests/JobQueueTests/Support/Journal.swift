import Foundation
import Identifiers
import JobQueue
import NIOConcurrencyHelpers

/// What jobs write down of their attempts, in the order in which they began.
final class Journal: Sendable {
  struct Entry: Sendable {
    let run: ID<Run>
    let tenant: ID<Tenant>
    let epoch: Int
    let number: Int
    let worker: String
    let date: Date
  }

  private let lines = NIOLockedValueBox<[Entry]>([])

  /// Returns how many entries there are with this one.
  @discardableResult
  func note(_ attempt: Attempt, by worker: String = "worker") -> Int {
    let entry = Entry(
      run: attempt.run, tenant: attempt.tenant, epoch: attempt.epoch, number: attempt.number, worker: worker,
      date: Date())
    return lines.withLockedValue {
      $0.append(entry)
      return $0.count
    }
  }

  var entries: [Entry] { lines.withLockedValue { $0 } }
  var count: Int { lines.withLockedValue(\.count) }
  var workers: Set<String> { Set(entries.map(\.worker)) }

  func entries(of run: ID<Run>) -> [Entry] { entries.filter { $0.run == run } }

  /// How often each run was begun.
  var beginnings: [ID<Run>: Int] { Dictionary(entries.map { ($0.run, 1) }, uniquingKeysWith: +) }
}
