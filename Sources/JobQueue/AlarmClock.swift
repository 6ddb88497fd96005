import Foundation
import Identifiers
import Logging
import Postgres

/// Calls for tenants that have something due. Every worker runs one; whoever comes second finds nothing left to do.
struct AlarmClock: Sendable {
  let pool: PostgresPool
  let ring: @Sendable (ID<Tenant>) async throws -> Void
  let logger: Logger

  /// The longest sleep: an alarm that was brought forward by another process is noticed by then.
  private static let longestSleep: TimeInterval = 1
  private static let width = 8

  func run() async {
    var pause: TimeInterval = 0.1
    while !Task.isCancelled {
      do {
        let sleep = try await ringDue()
        pause = 0.1
        try await Task.sleep(for: .seconds(sleep))
      } catch is CancellationError {
        return
      } catch {
        logger.warning("alarms not read", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: .seconds(pause))
        pause = min(pause * 2, 5)
      }
    }
  }

  /// Rings for all tenants that are due and returns the seconds until it should be called again.
  private func ringDue() async throws -> TimeInterval {
    let rows = try await pool.read(
      """
      select brand_id, extract(epoch from due_at - clock_timestamp())::float8 as seconds
      from ops.alarms
      where due_at < statement_timestamp() + make_interval(secs => \(Self.longestSleep)) and (select ops.is_open())
      order by due_at
      """)
    let alarms = try rows.map { try $0.decode(ID<Tenant>.self, Double.self) }
    let due = alarms.filter { $0.1 <= 0 }.map(\.0)
    let failed = await ring(due)
    // More may have come due meanwhile; a tenant that another worker is serving just now must not make us spin.
    if due.count > failed { return 0.02 }
    let next = alarms.first { $0.1 > 0 }?.1 ?? Self.longestSleep
    return min(max(next, 0.001), Self.longestSleep)
  }

  /// Returns how many could not be served; they are tried again after a sleep.
  private func ring(_ tenants: [ID<Tenant>]) async -> Int {
    await withTaskGroup(of: Bool.self) { group in
      var failed = 0
      for (position, tenant) in tenants.enumerated() {
        if position >= Self.width, await group.next() == false { failed += 1 }
        group.addTask {
          do {
            try await ring(tenant)
            return true
          } catch {
            logger.warning("alarm not served", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
            return false
          }
        }
      }
      for await served in group where !served { failed += 1 }
      return failed
    }
  }
}
