import Channels
import Foundation
import Identifiers

@testable import Community

/// A delivery as the judge names it.
struct Mark: Hashable, Sendable {
  let touch: ID<Touch>
  let group: ID<Group>
}

/// A delivery that reached a platform.
struct Arrival: Sendable {
  let mark: Mark
  /// The key of the account that it came through.
  let account: String
  let at: ContinuousClock.Instant
  /// Whether the platform took the message, whatever it answered and whether or not anybody heard it.
  let isAccepted: Bool
  /// Which call brought it: one call may bring many.
  var call = UUID()
}

/// Holds the ledger against what the platform saw. It believes neither the code under test nor its clocks.
struct Judge {
  enum Finding: Hashable {
    /// The platform took it more than once.
    case doubled(Mark)
    /// Nobody will ever send it, and nobody says so.
    case lost(Mark, Delivery.State?)
    /// The ledger says one thing and the platform saw another.
    case untrue(Mark, Delivery.State, accepted: Int)
    /// The group got more core items than a day may have.
    case overCap(ID<Group>, Int)
    /// The account got more calls within a window than the platform allows.
    case overRate(account: String)
    /// The account got more than its month may have.
    case overQuota(account: String, Int)
    /// The group got more than its month may have.
    case overGroupQuota(ID<Group>, Int)
    /// More is unknown than there were faults to make it so.
    case tooManyUnknown(Int)
  }

  /// What has to be in the ledger.
  let expected: Set<Mark>
  /// The touches whose pieces count against the cap.
  let core: Set<ID<Touch>>
  let cap: Int
  let rate: ChannelRate
  /// How many sends were cut off or answered with silence on purpose.
  let faults: Int
  /// How much the accounts that have a quota may take.
  var quotas: [String: Int] = [:]
  /// How much each group may get.
  var groupQuota = Int.max
  /// How many sends beyond the first people have ordered, accepting that what is unknown arrives twice.
  var authorised: [Mark: Int] = [:]

  func findings(_ deliveries: [Delivery], _ arrivals: [Arrival]) -> Set<Finding> {
    let rows = Dictionary(grouping: deliveries) { Mark(touch: $0.touchID, group: $0.groupID) }
    let accepted = Dictionary(grouping: arrivals.filter(\.isAccepted), by: \.mark).mapValues(\.count)
    var findings: Set<Finding> = []
    for mark in expected.union(rows.keys).union(accepted.keys) {
      let (state, count) = (rows[mark]?.first?.state, accepted[mark] ?? 0)
      if count > 1 + (authorised[mark] ?? 0) || rows[mark]?.count ?? 0 > 1 { findings.insert(.doubled(mark)) }
      switch state {
      case nil, .ready, .sending, .waiting: findings.insert(.lost(mark, state))
      case .delivered where count == 0: findings.insert(.untrue(mark, .delivered, accepted: count))
      case .failed where count > 0, .skipped where count > 0:
        findings.insert(.untrue(mark, state ?? .failed, accepted: count))
      case .delivered, .failed, .skipped, .unknown: break
      }
    }
    let unknown = deliveries.count { $0.state == .unknown }
    if unknown > faults { findings.insert(.tooManyUnknown(unknown)) }
    return findings.union(overCap(arrivals)).union(overRate(arrivals)).union(overQuota(arrivals.filter(\.isAccepted)))
  }

  private func overCap(_ arrivals: [Arrival]) -> [Finding] {
    Dictionary(grouping: arrivals.filter { $0.isAccepted && core.contains($0.mark.touch) }, by: \.mark.group)
      .filter { $0.value.count > cap }.map { .overCap($0.key, $0.value.count) }
  }

  private func overQuota(_ accepted: [Arrival]) -> [Finding] {
    let accounts = Dictionary(grouping: accepted, by: \.account).mapValues(\.count)
    let groups = Dictionary(grouping: accepted, by: \.mark.group).mapValues(\.count)
    return accounts.filter { $0.value > quotas[$0.key] ?? .max }.map { .overQuota(account: $0.key, $0.value) }
      + groups.filter { $0.value > groupQuota }.map { .overGroupQuota($0.key, $0.value) }
  }

  private func overRate(_ arrivals: [Arrival]) -> [Finding] {
    Dictionary(grouping: arrivals, by: \.account).filter { _, calls in
      let instants = Dictionary(calls.map { ($0.call, $0.at) }) { first, _ in first }.values.sorted()
      return instants.indices.dropFirst(rate.limit).contains { instants[$0] - instants[$0 - rate.limit] < rate.window }
    }.map { .overRate(account: $0.key) }
  }
}
