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

  /// How long one that cannot be read or fired is left alone, so that it does not shut out the others.
  private static let rest = Duration.seconds(60)

  func run() async {
    var resting: [UUID: ContinuousClock.Instant] = [:]
    while !Task.isCancelled {
      var sleep = Self.longestSleep
      resting = resting.filter { $0.value > .now }
      do {
        sleep = try await fireDue(&resting)
      } catch is CancellationError {
        return
      } catch {
        logger.warning("schedules not fired", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: .seconds(sleep))
    }
  }

  /// Returns the seconds until it should be called again.
  private func fireDue(_ resting: inout [UUID: ContinuousClock.Instant]) async throws -> TimeInterval {
    let look = try await store.due(limit: Self.batch, butFor: Array(resting.keys))
    for (id, error) in look.unreadable {
      logger.error("schedule not read", metadata: ["schedule": "\(id)", "error": "\(error)"])
      resting[id] = .now + Self.rest
    }
    for schedule in look.schedules where await !fire(schedule) { resting[schedule.id] = .now + Self.rest }
    if look.schedules.count + look.unreadable.count == Self.batch { return 0.01 }
    return min(max(look.wait ?? Self.longestSleep, 0.005), Self.longestSleep)
  }

  /// False when it could not be fired.
  private func fire(_ schedule: ScheduleStore.Due) async -> Bool {
    let occurrences = DueOccurrences(
      of: schedule.rule, in: schedule.zone, from: schedule.due, at: schedule.now, missed: schedule.missed,
      grace: schedule.grace)
    do {
      let runs = try await store.fire(schedule, occurrences)
      guard !runs.isEmpty || occurrences.fired.isEmpty else { return true }
      Counter(label: "schedule_runs_total").increment(by: runs.count)
      if occurrences.missed > 0 {
        Counter(label: "schedule_missed_total").increment(by: occurrences.missed)
        logger.warning(
          "occurrences left out", metadata: ["schedule": "\(schedule.id)", "missed": "\(occurrences.missed)"])
      }
      // Should the index not hear of them, the sweep brings them.
      _ = try? await index.push(runs)
      return true
    } catch {
      logger.warning("schedule not fired", metadata: ["schedule": "\(schedule.id)", "error": "\(error)"])
      return false
    }
  }
}
