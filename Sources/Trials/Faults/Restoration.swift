import Community
import Foundation
import LocalServers

/// Postgres is put back, from a base backup and its logs, to a point in the middle of the sends, under workers that go on
/// and other faults; then somebody opens the cell.
struct Restoration: Sendable {
  let stage: FaultStage
  let postings: Postings

  /// Takes its times from the dice, and tells the tally what the restored Postgres cannot know.
  func strike(_ random: inout SeededRandom, _ tally: FaultTally) async throws {
    let (age, loss) = (random.duration(0...3), random.duration(1...6))
    let (downtime, patience) = (random.duration(0...2), random.duration(0...3))
    let backup = try await stage.postgres.backup()
    try await Task.sleep(for: age)
    try await postings.holding {
      let position = try await stage.postgres.position()
      try await Task.sleep(for: loss)
      try await stage.postgres.restore(backup, upTo: position, downtime: downtime)
      try await stage.postgres.discard(backup)
      let restored = try await stage.reached { try await $0.restoredLedger() }
      try await Task.sleep(for: patience)
      try await stage.openCell()
      try await account(for: restored, openedBy: .now, tally)
    }
  }

  /// What was still to be sent at the point of the restore may have left since: it is unknown afterwards. Whatever has no
  /// row there and was due by the opening may be a touch that was missed, and only what the product calls so is left out.
  private func account(for restored: [LedgerRow], openedBy instant: Date, _ tally: FaultTally) async throws {
    await tally.mayLeaveUnknown(restored.count { [.ready, .sending, .waiting].contains($0.state) })
    let known = Set(restored.map(\.send))
    let missed = try await stage.reached { try await $0.missedTexts() }
    let due = await postings.dues.filter { $0.value <= instant }.keys
    await tally.mayLeaveOut(Set(due.filter { missed.contains($0.content) && !known.contains($0) }))
  }
}
