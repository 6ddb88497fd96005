/// The orders to misbehave that are in force; the first one that hits a request decides.
struct FaultBoard: Sendable {
  struct Order: Sendable {
    let rule: FaultRule
    fileprivate(set) var left: Int?
    fileprivate(set) var hits = 0
    fileprivate var dice: SeededDice

    fileprivate init(_ rule: FaultRule) {
      self.rule = rule
      left = rule.next
      dice = SeededDice(seed: rule.seed)
    }
  }

  /// Where in a request's life the sandbox stands.
  enum Stage {
    case reading
    case deciding(acceptable: Bool)

    fileprivate func admits(_ mode: FaultMode) -> Bool {
      switch self {
      case .reading: mode == .cutWhileReading
      case .deciding(let acceptable): mode != .cutWhileReading && (acceptable || !mode.followsAcceptance)
      }
    }
  }

  private(set) var orders: [Order] = []

  init(_ rules: [FaultRule] = []) {
    orders = rules.map(Order.init)
  }

  /// The fault that hits this request now. A rule's dice roll once for every request that it could hit, so that a seed
  /// means the same history whatever other rules stand beside it.
  mutating func draw(key: String, endpoint: SandboxLogEntry.Endpoint, stage: Stage) -> FaultRule? {
    var drawn: FaultRule?
    for index in orders.indices {
      let rule = orders[index].rule
      guard
        orders[index].left != 0, rule.endpoint == endpoint, stage.admits(rule.mode),
        rule.robot == "*" || rule.robot == key || rule.robot == RobotID(key: key).description
      else { continue }
      let falls = orders[index].dice.roll() < rule.probability
      guard falls, drawn == nil else { continue }
      drawn = rule
      orders[index].hits += 1
      orders[index].left? -= 1
    }
    return drawn
  }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct SeededDice: Sendable {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  /// The next number from 0 up to but not including 1.
  mutating func roll() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    return Double(mixed >> 11) / Double(1 << 53)
  }
}
