import Foundation
import JobQueue

@testable import JobQueue

/// What a process speaks to.
enum Far: CaseIterable, Sendable {
  case books
  case index
  case platform
}

/// The connections of one process to the servers. A call arrives after a while, acts there, and its answer comes after
/// another while; each of the two may be lost, or take long.
///
/// `@unchecked Sendable` is safe: only the thread of the history touches it.
final class Wire: @unchecked Sendable {
  struct Lost: Error, CustomStringConvertible {
    let description: String
  }

  /// What a statement says that has to wait for a lock.
  struct Blocked: Error {}

  let world: World
  let process: String
  /// How many of a thousand calls go wrong.
  var faults = 0
  var cut: Set<Far> = []
  /// Nothing arrives any more: the process is being buried.
  var isBuried = false
  /// Told of each fault.
  var onFault: () -> Void = {}

  private static let patience = 20_000
  /// No call takes longer than this, in milliseconds.
  static let longest = 40_000

  init(_ world: World, _ process: String) {
    self.world = world
    self.process = process
  }

  private enum Fault {
    case none
    case beforeActing
    case afterActing
    case delay(Duration)
    case slowAnswer(Duration)
    /// The caller has long given up when it acts.
    case late
  }

  private func fault() -> Fault {
    guard faults > 0, world.random.number(1...1_000) <= faults else { return .none }
    onFault()
    switch world.random.number(1...5) {
    case 1: return .beforeActing
    case 2: return .afterActing
    case 3: return .late
    case 4: return .slowAnswer(.milliseconds(world.random.number(100...20_000)))
    default: return .delay(.milliseconds(world.random.number(100...20_000)))
    }
  }

  /// Between a tenth of a millisecond and three.
  private var latency: Duration { .microseconds(world.random.number(100...3_000)) }

  func call<Value: Sendable>(
    _ far: Far, _ name: String, _ act: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    let fault = fault()
    if case .none = fault {} else { world.tell("\(process): \(name) meets \(fault)") }
    if Task.isCancelled, world.random.chance(0.5) { throw CancellationError() }
    let answer = Answer<Value>()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        answer.continuation = continuation
        if answer.isCalledOff { return answer.callOff() }
        send(far, name, fault, act, answer)
      }
    } onCancel: {
      if world.random.chance(0.7) { answer.callOff() }
    }
  }

  /// What a caller waits for; given once.
  ///
  /// `@unchecked Sendable` is safe: only the thread of the history touches it.
  private final class Answer<Value: Sendable>: @unchecked Sendable {
    var continuation: CheckedContinuation<Value, any Error>?
    /// What was called off before it arrived does not act any more.
    private(set) var isCalledOff = false

    /// When the caller is cancelled.
    func callOff() {
      isCalledOff = true
      give(.failure(CancellationError()))
    }

    func give(_ result: Result<Value, any Error>) {
      continuation?.resume(with: result)
      continuation = nil
    }
  }

  private func send<Value>(
    _ far: Far, _ name: String, _ fault: Fault, _ act: @escaping () throws -> Value, _ answer: Answer<Value>
  ) {
    var way = latency
    if case .delay(let delay) = fault { way += delay }
    world.after(way) { [self] in
      if answer.isCalledOff { return }
      if case .beforeActing = fault { return lose(name, answer) }
      if case .late = fault {
        lose(name, answer)
        let wait = Duration.milliseconds(world.random.number(0...6_000))
        return world.after(wait) { self.arrive(far, name, at: self.world.milliseconds, act) { _ in } }
      }
      arrive(far, name, at: world.milliseconds, act) { [self] result in
        if case .afterActing = fault { return lose(name, answer) }
        var back = latency
        if case .slowAnswer(let delay) = fault { back += delay }
        world.after(back) { if self.isAway(far) { self.lose(name, answer) } else { answer.give(result) } }
      }
    }
  }

  private func isAway(_ far: Far) -> Bool { cut.contains(far) || isBuried }

  /// Acts as soon as no lock is in the way.
  private func arrive<Value>(
    _ far: Far, _ name: String, at first: Int, _ act: @escaping () throws -> Value,
    _ answer: @escaping (Result<Value, any Error>) -> Void
  ) {
    guard !isAway(far) else { return answer(.failure(Lost(description: "\(name): not connected"))) }
    let result = Result { try act() }
    if case .failure(let error) = result, error is Blocked {
      onFault()
      guard world.milliseconds < first + Self.patience else {
        return answer(.failure(Lost(description: "\(name): waited too long for a lock")))
      }
      return world.after(.milliseconds(20)) { self.arrive(far, name, at: first, act, answer) }
    }
    answer(result)
  }

  private func lose<Value>(_ name: String, _ answer: Answer<Value>) {
    world.after(.milliseconds(isBuried ? 0 : world.random.number(1...2_000))) {
      answer.give(.failure(Lost(description: "\(name): lost")))
    }
  }
}
