import Foundation

/// Random numbers that a seed repeats; every property test prints its seed.
struct Seeded: RandomNumberGenerator {
  let seed: UInt64
  private var state: UInt64

  init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  /// A seed of its own, printed; `NUANQUN_TEST_SEED` gives one to repeat.
  init() {
    let given = ProcessInfo.processInfo.environment["NUANQUN_TEST_SEED"].flatMap { UInt64($0) }
    self.init(seed: given ?? .random(in: 0 ... .max))
    print("seed \(seed)")
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
}
