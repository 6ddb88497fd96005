import CLibpq
import Polling

extension PostgresConnection {
  private static let parameterLimit = 65_535

  /// Runs a unit and waits for its Sync.
  ///
  /// - Parameter cancellable: false for what has to reach its end, whatever becomes of the task (COMMIT, ROLLBACK).
  func run(_ work: UnitOfWork, cancellable: Bool = true) async throws -> [PostgresResult] {
    let number = try admit(work)
    guard cancellable else {
      return try await withCheckedThrowingContinuation { submit(work, number, $0, cancellable: false) }
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { submit(work, number, $0) }
    } onCancel: {
      Task(executorPreference: loop) { await self.cancel(number) }
    }
  }

  /// The same for a caller that is not on the actor: a task that prefers the actor's loop gets there without a hop.
  nonisolated(nonsending) func perform(
    _ work: UnitOfWork, cancellable: Bool = true
  ) async throws -> [PostgresResult] {
    guard isTaskOnLoop else { return try await run(work, cancellable: cancellable) }
    let number = try now { try $0.admit(work) }
    guard cancellable else {
      return try await withCheckedThrowingContinuation { submitNow(work, number, $0, cancellable: false) }
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { submitNow(work, number, $0) }
    } onCancel: {
      Task(executorPreference: loop) { await self.cancel(number) }
    }
  }

  nonisolated private func submitNow(
    _ work: UnitOfWork, _ number: Int, _ waiter: Waiter, cancellable: Bool = true
  ) {
    guard loop.isCurrent else { return waiter.resume(throwing: PostgresError.misuse("the task has left its loop")) }
    assumeIsolated { $0.submit(work, number, waiter, cancellable: cancellable) }
  }

  /// A cancellation or a loss from here on finds the unit; one that came before is seen here. Entering the continuation
  /// may have suspended the task, so that no earlier look would do.
  private func submit(_ work: UnitOfWork, _ number: Int, _ waiter: Waiter, cancellable: Bool = true) {
    if let failure { return waiter.resume(throwing: failure.applied(false)) }
    if cancellable, Task.isCancelled { return waiter.resume(throwing: CancellationError()) }
    pipeline.submit(work, number: number, waiter: .caller(waiter))
    pump()
  }

  /// The number of a unit that may be run.
  private func admit(_ work: UnitOfWork) throws -> Int {
    if let failure { throw failure }
    guard exclusive?.hasBegun != true else {
      throw PostgresError.misuse("the connection is in the middle of a COPY or a script")
    }
    for statement in work.statements {
      if statement.isScript { throw PostgresError.misuse("a script runs alone, not among other statements") }
      guard statement.parameters.count <= Self.parameterLimit else {
        throw PostgresError.misuse(
          "\(statement.parameters.count) parameters are more than the \(Self.parameterLimit) of one statement")
      }
      guard !statement.hasZero else {
        throw PostgresError.misuse("the text of a statement cannot have a zero byte in it")
      }
    }
    return pipeline.nextNumber()
  }

  /// Sends what may be sent.
  func pump() {
    var hasSent = false
    while libpq != nil, let unit = pipeline.next() {
      send(unit)
      hasSent = true
    }
    if hasSent { flush() }
    forgetObsoleteStatements()
  }

  private func send(_ unit: Pipeline<UnitOfWork, Owner, PostgresResult, ServerError>.Unit) {
    guard let libpq else { return }
    var unit = unit
    if let number = unit.work.transaction, number != transaction?.number {
      return settle(unit.waiter, .failure(PostgresError.misuse("the transaction has ended")))
    }
    let preamble = takePreamble(for: &unit.work)
    if !preamble.isEmpty { unit.work.statements.insert(contentsOf: preamble, at: 0) }
    var steps: [Pipeline<UnitOfWork, Owner, PostgresResult, ServerError>.Step] = []
    steps.reserveCapacity(unit.work.statements.count)
    var isSent = true
    for (index, statement) in unit.work.statements.enumerated() where isSent {
      switch statements.plan(for: statement) {
      case .unnamed:
        isSent = libpq.sendUnnamed(statement)
        steps.append(.statement(index: index, name: nil))
      case .prepare(let name):
        isSent = libpq.sendPrepare(statement, as: name) && libpq.sendPrepared(name, statement)
        steps.append(.prepare(name))
        steps.append(.statement(index: index, name: name))
      case .reuse(let name):
        isSent = libpq.sendPrepared(name, statement)
        steps.append(.statement(index: index, name: name))
      }
    }
    pipeline.sent(unit, as: steps, hidden: preamble.count)
    if !isSent || !libpq.sendSync() { lose(connectionFailure(libpq.errorMessage)) }
  }

  /// What has to run before a unit: the beginning of its transaction, or the limits that a pooler cannot keep.
  private func takePreamble(for work: inout UnitOfWork) -> [SQL] {
    guard transaction == nil else {
      if work.effect == .whole { work.effect = .part }
      return transaction?.takePending() ?? []
    }
    guard configuration.profile == .pooler, let limits = configuration.timeouts.localStatement else { return [] }
    return [limits]
  }

  /// Tells the server which prepared statements nobody will use again, behind whatever else is on its way.
  private func forgetObsoleteStatements() {
    guard !statements.obsolete.isEmpty, libpq != nil, pipeline.holds == 0, transaction == nil else { return }
    let names = statements.takeObsolete()
    let work = UnitOfWork(names.map { SQL(constant: "deallocate \($0.text)") }, effect: .none)
    pipeline.submit(work, number: pipeline.nextNumber(), waiter: .housekeeping(names))
    while let unit = pipeline.next() { send(unit) }
    flush()
  }

  /// Lets bytes leave, and asks to be called when there is room for the rest.
  func flush() {
    guard let libpq, exclusive?.hasBegun != true else { return }
    guard let isDone = libpq.flush() else { return lose(connectionFailure(libpq.errorMessage)) }
    guard isFlushPending == isDone, let watched else { return }
    isFlushPending = !isDone
    loop.update(watched, for: isDone ? .readable : [.readable, .writable])
  }
}
