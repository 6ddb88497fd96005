import Foundation
import JobQueue
import NIOConcurrencyHelpers

@testable import JobQueue

/// Sends what is ready of its work: claim, commit, call, commit, as deliveries are sent.
struct SendJob: Job {
  let books: MemoryBooks
  let platform: Platform
  let index: MemoryIndex
  let wire: Wire

  let retry = RetryPolicy(attempts: 8, base: 0.5, cap: 4)
  let deadline = Duration.seconds(120)

  private var world: World { books.world }

  struct NothingSent: Error {}

  func perform(_ payload: SimulatedSend, in attempt: Attempt) async throws -> JobResult {
    try await countingFailures(of: attempt) { try await sendAll(payload, in: attempt) }
  }

  private func countingFailures<Value>(of attempt: Attempt, _ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch is MemoryBooks.Overtaken {
      throw LeaseLost()
    } catch {
      if !(error is CancellationError || error is LeaseLost) { books.failures[attempt.run, default: 0] += 1 }
      throw error
    }
  }

  private func sendAll(_ work: SimulatedSend, in attempt: Attempt) async throws -> JobResult {
    if attempt.epoch > 1, books.missing != .orphans {
      try await call("orphans") { try $0.settleOrphans(of: work, before: attempt) }
    }
    while true {
      // What a channel wants before a send, and what no claim guards: the lease alone says whether it may begin.
      if books.missing != .leases { try attempt.checkLease() }
      platform.begins(attempt, of: wire.process, in: books, forgottenAt: index.forgottenAt)
      try? await world.sleep(for: .milliseconds(world.random.number(1...1_500)))
      switch try await claim(work, in: attempt) {
      case .nothingLeft: return .done
      case .wait(let until): return .gateShut(until: until)
      case .claimed(let claim):
        let deadline = claim.by
        try await shielded { try await send(claim.claim, by: deadline, in: attempt) }
      }
    }
  }

  private enum Step {
    case nothingLeft
    case wait(until: Date)
    case claimed((claim: Ledger.Claim, by: ContinuousClock.Instant))
  }

  private func claim(_ work: SimulatedSend, in attempt: Attempt) async throws -> Step {
    let deadline = world.now + .seconds(Channel.firstByteDelay)
    let made = NIOLockedValueBox<Int?>(nil)
    let process = wire.process
    do {
      let step = try await call("claim") { books in
        let step = try books.claim(work, in: attempt, of: process)
        if case .claimed(let claim) = step { made.withLockedValue { $0 = claim.id } }
        return step
      }
      return switch step {
      case .nothingLeft: .nothingLeft
      case .wait(let until): .wait(until: until)
      case .claimed(let claim): .claimed((claim, deadline))
      }
    } catch let error as MemoryBooks.Overtaken {
      throw error
    } catch {
      // The id is the process's own, so it can be let go whether or not the commit came through.
      try await shielded { try await write { books in made.withLockedValue { $0 }.map(books.release) } }
      throw error
    }
  }

  private func send(_ claim: Ledger.Claim, by deadline: ContinuousClock.Instant, in attempt: Attempt) async throws {
    let isLate = books.missing != .firstByte && world.now > deadline
    guard !isLate, books.missing == .leases || attempt.isLeaseHeld else {
      try await write { $0.release(claim.id) }
      throw LeaseLost()
    }
    platform.begins(attempt, of: wire.process, in: books, forgottenAt: index.forgottenAt)
    switch await platform.send(claim, by: wire, into: books) {
    case .confirmed: try await write { $0.settle(claim, as: .delivered) }
    case .unknown: try await write { $0.settle(claim, as: .unknown) }
    case .notSent:
      try await write { $0.release(claim.id) }
      throw NothingSent()
    }
  }

  /// What is known is in this process alone: while the books are away it tries again.
  private func write(_ body: @escaping @Sendable (MemoryBooks) -> Void) async throws {
    let end = world.now + .seconds(60)
    while true {
      do {
        return try await call("outcome", body)
      } catch {
        guard world.now < end, !wire.isBuried else { throw error }
        try? await world.sleep(for: .milliseconds(200))
      }
    }
  }

  func abandon(_ payload: SimulatedSend, in attempt: Attempt, because reason: String) async throws {
    try await countingFailures(of: attempt) {
      try await call("abandon") { try $0.abandon(payload, in: attempt) }
    }
  }

  private func call<Value: Sendable>(
    _ name: String, _ act: @escaping @Sendable (MemoryBooks) throws -> Value
  ) async throws -> Value {
    let books = books
    return try await wire.call(.books, name) { try act(books) }
  }

  /// To its end, whoever is cancelled.
  private func shielded(_ work: @escaping @Sendable () async throws -> Void) async throws {
    try await Task(executorPreference: preferredExecutor(), operation: work).value
  }
}

extension Attempt {
  fileprivate var isLeaseHeld: Bool { (try? checkLease()) != nil }
}
