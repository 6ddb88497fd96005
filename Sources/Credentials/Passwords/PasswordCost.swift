/// What one hash costs, and with it each guess of somebody who has stolen the hashes.
public struct PasswordCost: Sendable, Hashable {
  /// The memory that one hash takes, in KiB.
  public let memory: Int
  /// How often it goes over that memory.
  public let passes: Int
  /// How many lanes the memory has.
  public let lanes: Int

  /// A cost; nil when it is outside of what argon2 and this product take.
  public init?(memory: Int, passes: Int, lanes: Int) {
    guard (1...16).contains(lanes), (8 * lanes...1_048_576).contains(memory), (1...64).contains(passes) else {
      return nil
    }
    (self.memory, self.passes, self.lanes) = (memory, passes, lanes)
  }

  private init(checked memory: Int, _ passes: Int, _ lanes: Int) {
    (self.memory, self.passes, self.lanes) = (memory, passes, lanes)
  }

  /// 19 MiB, two passes, one lane: what OWASP asks of argon2id.
  public static let standard = PasswordCost(checked: 19_456, 2, 1)
  /// As little as argon2 allows, for tests that make many people.
  public static let least = PasswordCost(checked: 8, 1, 1)
}
