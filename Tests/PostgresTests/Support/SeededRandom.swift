/// Random numbers that come again with the same seed. The seed is printed, so that a failure can be repeated.
struct SeededRandom: RandomNumberGenerator {
  let seed: UInt64
  private var state: UInt64

  init(seed: UInt64 = .random(in: 0...UInt64.max)) {
    self.seed = seed
    state = seed
    print("seed \(seed)")
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number whose size is random too, so that small ones and limits are as likely as large ones.
  mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) -> Integer {
    switch Int.random(in: 0..<8, using: &self) {
    case 0: .min
    case 1: .max
    case 2: 0
    default: Integer(truncatingIfNeeded: next()) >> Integer(Int.random(in: 0..<Integer.bitWidth, using: &self))
    }
  }

  mutating func text() -> String {
    let pieces = [
      "a", "群", "\\", "'", "\"", "\t", "\n", "\r", "🍼", "é", "e\u{301}", "$1", "{", ",", " ", "\u{7F}", "%",
    ]
    return (0..<Int.random(in: 0..<24, using: &self)).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
  }

  mutating func bytes() -> [UInt8] {
    (0..<Int.random(in: 0..<64, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
  }
}
