public import Foundation
import Sandbox

/// Sends keep flowing while processes and servers are killed, frozen, cut off and emptied, many at the same time; at the
/// end everything comes to rest, and the judge compares the ledger with what the platform took in.
public struct FaultTrial: Sendable {
  /// Decides which faults fall and when.
  public var seed: UInt64
  /// How long faults fall.
  public var duration: Duration
  /// Where the SQL of the schemas is.
  public var migrations: URL
  /// How many brands share the deployment.
  public var brands = 3
  /// How many rooms with a robot each a brand has.
  public var rooms = 100
  /// How many workers there are.
  public var workers = 4
  /// By how much faults fall faster than in the long trial, and rounds of posts follow each other faster.
  public var haste = 1.0
  /// The platform's window in seconds.
  public var window = 60

  /// The long trial.
  public init(seed: UInt64, duration: Duration, migrations: URL) {
    self.seed = seed
    self.duration = duration
    self.migrations = migrations
  }

  /// A room's rest at the end: windows that are full, and tries that wait for their time.
  private static let rest = Duration.seconds(420)

  /// Carries the trial out. Throws when it could not be; what the product did wrong stands in the report.
  ///
  /// - Parameter note: told of every fault as it falls.
  public func run(note: @escaping @Sendable (String) -> Void) async throws -> TrialReport {
    let setting = FaultStage.Setting(
      migrations: migrations, brands: brands, rooms: rooms, window: window,
      // Called off sooner than usual, so that what the platform leaves open is soon known.
      settings: ["NUANQUN_WECOM_TIMEOUT_SECONDS": "5", "NUANQUN_COMPARE_SECONDS": "5"])
    return try await FaultStage.with(setting) { try await run(on: $0, note) }
  }

  private func run(on stage: FaultStage, _ note: @escaping @Sendable (String) -> Void) async throws -> TrialReport {
    let began = ContinuousClock.now
    let api = try await stage.startAPI()
    for _ in 1...workers { _ = try await stage.seatWorker() }
    try await stage.sandbox.misbehave(Misbehaviour.late)
    let tally = FaultTally()
    let postings = Postings()
    try await strike(stage, api, postings, tally, until: began + duration) { line, fault in
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      note("\(String(format: "%7.1f", seconds)) s  \(line.name): \(fault.name)")
    }
    let expected = await postings.sends
    note("all is mended; \(expected.count) deliveries come to rest")
    try await stage.sandbox.misbehave([])
    let log = try stage.sandbox.arrivals()
    let bound = await tally.mayBeUnknown + Misbehaviour.leftOpen(in: log)
    let missing = await tally.mayBeMissing
    let verdict = try await stage.verdict(
      on: expected, mayBeUnknown: bound, mayBeMissing: missing, mustArrive: true, within: Self.rest)
    return TrialReport(
      seed: seed, seconds: (ContinuousClock.now - began) / .seconds(1), deliveries: expected.count,
      faults: await tally.faults, misbehaved: log.entries.count { $0.fault != nil && $0.fault != "slow" },
      unknownBound: bound, missed: missing.count, verdict: verdict)
  }

  /// Lets posts leave and faults fall until the end.
  private func strike(
    _ stage: FaultStage, _ api: TrialAPI, _ postings: Postings, _ tally: FaultTally,
    until end: ContinuousClock.Instant, note: @escaping @Sendable (FaultLine, Fault) -> Void
  ) async throws {
    let lines = await FaultLine.all(on: stage, postings, haste: haste)
    var random = SeededRandom(seed: seed)
    let pace = BrandLoad.Pace(round: .seconds(60 / haste), toAll: 2, burst: 24)
    try await withThrowingTaskGroup { group in
      for brand in stage.brands {
        let load = BrandLoad(api: api, brand: brand, postings: postings, pace: pace)
        group.addTask { try await load.run(until: end) }
      }
      for line in lines {
        let dice = SeededRandom(seed: random.next())
        group.addTask { try await line.run(until: end, dice, tally, note: note) }
      }
      let platform = Misbehaviour(sandbox: stage.sandbox, pause: (2 / haste)...(8 / haste))
      let dice = SeededRandom(seed: random.next())
      group.addTask { try await platform.run(until: end, dice) }
      try await group.waitForAll()
    }
  }
}
