import Community
import Foundation
import Sandbox

/// Compares what the test meant, what the ledger says when all is at rest, and what the sandbox took in.
///
/// Pure. The sandbox's log is the only witness of what arrived: it was written before the sandbox answered anybody.
struct Judge {
  /// What should have left, from the test's input and not from the product.
  let expected: Set<Send>
  /// How many sends may be unknown: those that were under way at the faults.
  let mayBeUnknown: Int
  /// What a Postgres that was put back may have left out of the ledger. It may have arrived before, once.
  var mayBeMissing: Set<Send> = []
  /// Whether nothing gave a reason to fail or to hold a send back: then a row that says so is a lost one.
  var mustArrive = false
  /// The platform's window.
  var window = Duration.seconds(60)

  /// Nothing may follow faster than WeCom allows, whatever happened.
  static let limit = 20
  /// What the platform says to a robot that was too fast.
  private static let tooFast = 45_009

  enum Finding: Hashable {
    /// The ledger has no row for it.
    case missing(Send)
    /// The ledger has a row for something that nobody meant, or two rows for one thing.
    case surplus(Send)
    /// Somebody was sent what nobody meant.
    case stray(Send)
    /// All is at rest, and this is still to be sent.
    case lost(Send, Delivery.State)
    /// It was given up, and nothing spoke against it.
    case heldBack(Send, Delivery.State)
    /// It is said to be delivered, and never arrived.
    case neverArrived(Send)
    /// It is said not to have left, and arrived.
    case arrived(Send, although: Delivery.State)
    case doubled(Send, times: Int)
    case unknown(Int, allowed: Int)
    case tooFast(robot: String, inWindow: Int)
    /// The time was up, and this many runs of sends still stood as ready or running.
    case neverAtRest(runs: Int)
  }

  /// What is wrong; empty when nothing is.
  func findings(ledger: [LedgerRow], log: SandboxLog) -> [Finding] {
    var arrivals: [Send: Int] = [:]
    for entry in log.accepted() {
      arrivals[Send(content: entry.content ?? "", room: entry.room ?? ""), default: 0] += 1
    }
    let each = ledger.flatMap { findings(on: $0, arrived: arrivals[$0.send] ?? 0) }
    return completeness(ledger) + strays(arrivals) + each + unrecorded(ledger, arrivals) + unknowns(ledger) + pace(log)
  }

  private func completeness(_ ledger: [LedgerRow]) -> [Finding] {
    var rows: [Send: Int] = [:]
    for row in ledger { rows[row.send, default: 0] += 1 }
    let missing = expected.subtracting(mayBeMissing).filter { rows[$0] == nil }.map(Finding.missing)
    return missing + rows.filter { $1 > 1 || !expected.contains($0) }.map { .surplus($0.key) }
  }

  private func strays(_ arrivals: [Send: Int]) -> [Finding] {
    arrivals.keys.filter { !expected.contains($0) }.map(Finding.stray)
  }

  /// Nobody may be sent a thing twice, whether or not the ledger knows of it.
  private func unrecorded(_ ledger: [LedgerRow], _ arrivals: [Send: Int]) -> [Finding] {
    expected.subtracting(ledger.map(\.send)).compactMap { send in
      arrivals[send].flatMap { $0 > 1 ? .doubled(send, times: $0) : nil }
    }
  }

  private func findings(on row: LedgerRow, arrived: Int) -> [Finding] {
    var findings: [Finding] = arrived > 1 ? [.doubled(row.send, times: arrived)] : []
    switch row.state {
    case .ready, .sending, .waiting: findings.append(.lost(row.send, row.state))
    case .delivered: if arrived == 0 { findings.append(.neverArrived(row.send)) }
    case .failed, .skipped:
      if arrived > 0 { findings.append(.arrived(row.send, although: row.state)) }
      if mustArrive, arrived == 0 { findings.append(.heldBack(row.send, row.state)) }
    case .unknown: break
    }
    return findings
  }

  private func unknowns(_ ledger: [LedgerRow]) -> [Finding] {
    let count = ledger.count { $0.state == .unknown }
    return count > mayBeUnknown ? [.unknown(count, allowed: mayBeUnknown)] : []
  }

  /// What the platform refused because it came too fast was sent too fast, unless the platform was told to say so.
  private func pace(_ log: SandboxLog) -> [Finding] {
    let sent = log.entries.compactMap { entry -> SandboxLogEntry? in
      guard entry.accepted || entry.errcode == Self.tooFast && entry.fault == nil else { return nil }
      var sent = entry
      sent.accepted = true
      return sent
    }
    return SandboxLog(entries: sent).maxInWindow(window).filter { $1 > Self.limit }
      .map { .tooFast(robot: $0, inWindow: $1) }
  }
}
