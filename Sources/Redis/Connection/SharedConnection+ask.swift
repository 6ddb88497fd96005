import NIOConcurrencyHelpers
import Polling

extension SharedConnection {
  /// Sends one command and waits for its answer.
  ///
  /// A cancellation handler costs a fifth of a whole call, so the first wait goes without one. It ends after
  /// `Connection.patience` at the latest, and only who is still without an answer then waits on with a handler.
  nonisolated(nonsending) func ask(_ command: RedisCommand) async throws -> RedisValue {
    guard !Task.isCancelled else { throw CancellationError() }
    let call = Call(command.encoded)
    let value: RedisValue? = try await withCheckedThrowingContinuation { continuation in
      submitFromAnywhere(Submission(call: call, isBrief: true) { $0.resume(continuation) })
    }
    if let value { return value }
    return try await waitOn(call)
  }

  private nonisolated(nonsending) func waitOn(_ call: Call) async throws -> RedisValue {
    let value: RedisValue? = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        Task(executorPreference: loop) { call.wait { $0.resume(continuation) } }
      }
    } onCancel: {
      call.cancel(on: loop)
    }
    return value ?? .null
  }

  /// Sends so many commands, which stay together, and waits for all answers.
  nonisolated(nonsending) func ask(_ commands: [UInt8], count: Int) async throws -> [RedisReply] {
    let call = Call(commands, replies: count)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        submitFromAnywhere(Submission(call: call, isBrief: false, waiter: continuation.collect(count)))
      }
    } onCancel: {
      call.cancel(on: loop)
    }
  }

  /// On the loop's thread a call goes straight into the buffer. From elsewhere it is left for the loop under a lock, so
  /// that callers on other threads cross over once, and only the first of several has to wake the loop.
  private nonisolated func submitFromAnywhere(_ submission: Submission) {
    if loop.isCurrent {
      // Even without a hop the actor's door costs a twentieth of a call.
      guard let connection = ready.connection else { return assumeIsolated { $0.submit(submission) } }
      if submission.begin() { connection.submit(submission.call) }
      return
    }
    let isFirst = inbox.withLockedValue { inbox in
      inbox.append(submission)
      return inbox.count == 1
    }
    if isFirst { Task(executorPreference: loop) { await self.takeInbox() } }
  }

  private func takeInbox() {
    let submissions = inbox.withLockedValue { inbox in
      let all = inbox
      inbox.removeAll(keepingCapacity: true)
      return all
    }
    for submission in submissions { submit(submission) }
  }
}

/// A call on its way to the loop, and who waits for its answer.
///
/// `@unchecked Sendable` is safe: `waiter` goes to the loop by one way and is called there alone.
struct Submission: @unchecked Sendable {
  let call: Call
  let isBrief: Bool
  let waiter: Call.Waiter

  /// Begins the wait; false if the caller has gone already, so that there is nothing to send.
  func begin() -> Bool {
    if isBrief { call.waitBriefly(waiter) } else { call.wait(waiter) }
    return !call.isCancelled
  }
}
