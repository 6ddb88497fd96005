import Foundation
import Postgres

/// Looking at a Postgres that was put back, and opening the cell on it.
extension FaultStage {
  /// Asks until there is an answer: connections to the server that was stopped fail first.
  func reached<Answer: Sendable>(_ ask: @Sendable (FaultStage) async throws -> Answer) async throws -> Answer {
    var answer: Answer?
    var problem: any Error = TimedOut()
    do {
      try await eventually(every: .milliseconds(100)) {
        do { answer = try await ask(self) } catch { problem = error }
        return answer != nil
      }
    } catch is TimedOut {
      throw problem
    }
    guard let answer else { throw problem }
    return answer
  }

  /// What all brands' ledgers say.
  func ledger() async throws -> [LedgerRow] {
    var rows: [LedgerRow] = []
    for brand in brands { rows += try await brand.ledger() }
    return rows
  }

  /// What the ledgers say of a Postgres that was put back, on which nothing goes on.
  func restoredLedger() async throws -> [LedgerRow] {
    let rows = try await pool.read("select ops.is_open() as open")
    guard try rows.first?.value("open") == false else {
      throw TrialFailure("the cell was open on a Postgres that had gone back")
    }
    return try await ledger()
  }

  /// The texts of all touches that were missed.
  func missedTexts() async throws -> Set<String> {
    var texts: Set<String> = []
    for brand in brands { texts.formUnion(try await brand.missed()) }
    return texts
  }

  /// Opens the cell as a person does, who tries again while something else is down.
  func openCell() async throws {
    try await eventually(within: .seconds(180), every: .seconds(1)) { (try? await run(["cell", "open"])) == 0 }
  }
}
