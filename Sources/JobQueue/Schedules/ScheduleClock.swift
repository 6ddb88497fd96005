import Foundation
import Logging
import Metrics

/// Fires schedules that are due. Every worker runs one; whoever comes second finds the schedule advanced.
struct ScheduleClock: Sendable {
  let store: ScheduleStore
  let index: RunIndex
  let logger: Logger

  /// The longest sleep: a schedule that another process has set is noticed by then.
  private static let longestSleep: TimeInterval = 1
  private static let batch = 100

  func run() async {
    while !Task.isCancelled {
      var sleep = Self.longestSleep
      do {
        sleep = try await fireDue()
      } catch is CancellationError {
        return
      } catch {
        logger.warning("schedules not fired", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: .seconds(sleep))
    }
  }

  /// Returns the seconds until it should be called again.
  private func fireDue() async throws -> TimeInterval {
    let (due, wait) = try await store.due(limit: Self.batch)
    for schedule in due { await fire(schedule) }
    if due.count == Self.batch { return 0.01 }
    return min(max(wait ?? Self.longestSleep, 0.005), Self.longestSleep)
  }

  /// One that cannot be fired does not hold up the others.
  private func fire(_ schedule: ScheduleStore.Due) async {
    let occurrences = DueOccurrences(
      of: schedule.rule, in: schedule.zone, from: schedule.due, at: schedule.now, missed: schedule.missed,
      grace: schedule.grace)
    do {
      let runs = try await store.fire(schedule, occurrences)
      guard !runs.isEmpty || occurrences.fired.isEmpty else { return }
      Counter(label: "schedule_runs_total").increment(by: runs.count)
      if occurrences.missed > 0 {
        Counter(label: "schedule_missed_total").increment(by: occurrences.missed)
        logger.warning(
          "occurrences left out", metadata: ["schedule": "\(schedule.id)", "missed": "\(occurrences.missed)"])
      }
      try await index.push(runs)
    } catch {
      logger.warning("schedule not fired", metadata: ["schedule": "\(schedule.id)", "error": "\(error)"])
    }
  }
}
