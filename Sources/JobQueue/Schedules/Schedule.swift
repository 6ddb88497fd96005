public import Almanac
public import Foundation

/// Work that comes again by a rule, in a zone's wall time.
public struct NewSchedule: Sendable {
  /// Unique in the tenant: setting it again edits what is there. An edit, whatever it changes, holds from the next instant
  /// after it and kills whatever has not begun: also the run of an instant that has passed and that still waits for its
  /// place in the spread, or behind others. What a person has just changed is never done as it was before, and what the
  /// edit left out of the day can be seen among the cancelled runs and be tried again there.
  public let name: String
  let run: NewRun
  let rule: Recurrence
  let zone: Zone
  let missed: MissedRuns
  /// How late an occurrence may be fired and still count as in time, in seconds.
  let grace: TimeInterval
  /// How far runs are spread behind their instants, in seconds; zero where the minute is promised.
  let spread: TimeInterval

  /// A schedule of the payload's kind.
  ///
  /// A payload with a field `planned_at` gets the instant of its occurrence in it.
  public init(
    _ name: String, _ payload: some JobPayload, rule: Recurrence, zone: Zone, missed: MissedRuns = .latest,
    grace: TimeInterval = 300, spread: TimeInterval = 0
  ) throws {
    self.name = name
    run = try NewRun(payload)
    self.rule = rule
    self.zone = zone
    self.missed = missed
    self.grace = grace
    self.spread = spread
  }

  /// Where in the spread this schedule stands: always the same place, by its name.
  func phase(of tenant: String) -> TimeInterval {
    guard spread > 0 else { return 0 }
    // FNV-1a: a hash that every process and every version agrees on.
    let hash = "\(tenant) \(name)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return (Double(hash % 10_000) / 10_000 * spread).rounded(.down)
  }
}

/// What becomes of occurrences that nobody fired in time.
public enum MissedRuns: Sendable, Hashable {
  /// Nothing: the next one comes at its time.
  case skip
  /// The latest of them runs, if none since came in time.
  case latest
  /// The last ones run, up to a number.
  case all(atMost: Int)

  var word: String {
    switch self {
    case .skip: "skip"
    case .latest: "latest"
    case .all: "all"
    }
  }

  var most: Int {
    if case .all(let most) = self { max(most, 1) } else { 1 }
  }

  init?(word: String, most: Int) {
    switch word {
    case "skip": self = .skip
    case "latest": self = .latest
    case "all": self = .all(atMost: most)
    default: return nil
    }
  }
}

/// What a schedule has due, decided without a clock or a database.
struct DueOccurrences: Sendable, Equatable {
  struct Fired: Sendable, Equatable {
    let instant: Date
    let wall: String
  }

  /// To be run, the oldest first.
  var fired: [Fired] = []
  /// How many are left out.
  var missed = 0
  /// When to look again; nil when nothing follows.
  var next: Date?

  /// No more are looked at in one go: a rule of every minute that slept for a year comes to now in several.
  private static let most = 5_000

  /// - Parameter due: the instant at which the schedule was to be looked at, which is its next occurrence's.
  init(
    of rule: Recurrence, in zone: Zone, from due: Date, at now: Date, missed policy: MissedRuns, grace: TimeInterval
  ) {
    var passed: [Fired] = []
    for occurrence in rule.occurrences(in: due..<Date.distantFuture, zone: zone) {
      let planned = occurrence.planned
      guard planned.instant <= now, passed.count < Self.most else {
        next = planned.instant
        break
      }
      passed.append(Fired(instant: planned.instant, wall: "\(planned.date)T\(planned.time)"))
    }
    let inTime = passed.drop { $0.instant < now.addingTimeInterval(-grace) }
    let late = passed.dropLast(inTime.count)
    // Where more is to come, none of these is the latest.
    let isCut = next.map { $0 <= now } ?? false
    let kept: ArraySlice<Fired> =
      switch isCut ? .skip : policy {
      case .skip: []
      case .latest: inTime.isEmpty ? late.suffix(1) : []
      case .all(let most): late.suffix(most)
      }
    fired = Array(kept + inTime)
    missed = late.count - kept.count
  }
}
