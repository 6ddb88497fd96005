import Foundation
import Sandbox

/// The platform's part: answers that are late all the time, and now and then one that goes wrong.
struct Misbehaviour: Sendable {
  let sandbox: SandboxProcess
  let pause: ClosedRange<Double>

  /// Answers take a while, or a fault would find little under way.
  static let late = [
    FaultRule(.slow, probability: 0.05, delayMilliseconds: 1_500, seed: 1),
    FaultRule(.slow, probability: 0.4, delayMilliseconds: 200, seed: 2),
  ]

  private static let modes: [FaultMode] = [
    .cutAfterAccepting, .cutBeforeAccepting, .errorAfterAccepting, .hangAfterAccepting, .cutWhileReading,
    .errorBeforeAccepting, .rateError,
  ]

  /// Misbehaves until the end, and returns how often it was told to.
  func run(until end: ContinuousClock.Instant, _ random: SeededRandom) async throws {
    var random = random
    while ContinuousClock.now < end {
      let mode = Self.modes.randomElement(using: &random) ?? .cutAfterAccepting
      let rule = FaultRule(
        mode, probability: 0.3, next: Int.random(in: 1...4, using: &random), seed: random.next())
      try await sandbox.misbehave([rule] + Self.late)
      try await Task.sleep(for: random.duration(pause))
    }
  }

  /// What it may have left unknown: requests that it did not answer.
  static func leftOpen(in log: SandboxLog) -> Int {
    let withheld = Set(FaultMode.allCases.filter(\.leavesOpen).map(\.rawValue))
    return log.entries.count { $0.fault.map(withheld.contains) ?? false }
  }
}

extension FaultMode {
  /// Whether the client hears nothing that says what became of its message.
  fileprivate var leavesOpen: Bool {
    switch self {
    case .cutAfterAccepting, .cutBeforeAccepting, .errorAfterAccepting, .hangAfterAccepting, .cutWhileReading: true
    case .slow, .errorBeforeAccepting, .rateError: false
    }
  }
}
