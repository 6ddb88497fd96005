/// Random numbers that a seed repeats. It is printed, so that a history that failed can be played again.
struct Seeded: RandomNumberGenerator, CustomStringConvertible {
  let seed: UInt64
  private var state: UInt64

  init(seed: UInt64 = .random(in: 0 ... .max)) {
    self.init(quietly: seed)
    print("seed \(seed)")
  }

  /// For whoever has others to tell the seed.
  init(quietly seed: UInt64) {
    self.seed = seed
    state = seed
  }

  var description: String { "seed \(seed)" }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

  /// Up to `most` different elements, in any order.
  mutating func some<Element>(of elements: [Element], atMost most: Int) -> [Element] {
    Array(elements.shuffled(using: &self).prefix(number(0...most)))
  }
}
