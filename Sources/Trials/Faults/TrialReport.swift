import Community

/// What a trial came to. The counts are the judge's.
public struct TrialReport: Sendable {
  /// What decided about the faults.
  public let seed: UInt64
  /// How long it took.
  public let seconds: Double
  /// How many deliveries there had to be.
  public let deliveries: Int
  /// How often each fault fell.
  public let faults: [String: Int]
  /// How often the platform did not do its part, by its own log.
  public let misbehaved: Int
  /// How many arrived more than once.
  public let doubled: Int
  /// How many are missing: not in the ledger, left behind, given up, or never arrived although the ledger says so.
  public let lost: Int
  /// How many the ledger says it does not know.
  public let unknown: Int
  /// How many of those may be: what was under way at the faults.
  public let unknownBound: Int
  /// How many were due while a restored Postgres waited for a person, who decides about them: touches that were missed.
  public let missed: Int
  /// How many robots exceeded the platform's limit in some window.
  public let overLimitWindows: Int
  /// How often the ledger and the platform contradict each other in another way.
  public let contradicted: Int
  /// What the judge found, in words; empty when all is well.
  public let findings: [String]
  /// The last lines of the workers, for whoever has to understand a finding.
  public let tails: [String]

  init(
    seed: UInt64, seconds: Double, deliveries: Int, faults: [String: Int], misbehaved: Int, unknownBound: Int,
    missed: Int, verdict: Verdict
  ) {
    self.seed = seed
    self.seconds = seconds
    self.deliveries = deliveries
    self.faults = faults
    self.misbehaved = misbehaved
    self.unknownBound = unknownBound
    self.missed = missed
    unknown = verdict.count(.unknown)
    findings = verdict.findings.map { "\($0)" }
    tails = verdict.tails
    var (doubled, lost, overLimit, contradicted) = (0, 0, 0, 0)
    for finding in verdict.findings {
      switch finding {
      case .doubled: doubled += 1
      case .missing, .lost, .heldBack, .neverArrived, .neverAtRest: lost += 1
      case .tooFast: overLimit += 1
      case .surplus, .stray, .arrived: contradicted += 1
      case .unknown: break
      }
    }
    self.doubled = doubled
    self.lost = lost
    overLimitWindows = overLimit
    self.contradicted = contradicted
  }
}
