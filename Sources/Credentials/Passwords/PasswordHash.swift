import Foundation

/// What is stored of a password: a PHC string, `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`.
public struct PasswordHash: Sendable, Hashable {
  /// The text to store.
  public let text: String
  /// What it has cost to make.
  public let cost: PasswordCost

  /// Reads a stored hash.
  ///
  /// Strictly, since what it says decides how much memory a verification takes.
  public init(_ text: String) throws(PasswordHashError) {
    let form =
      #/
      \$argon2id \$v=19 \$m=(?<memory>[0-9]{1,8}) ,t=(?<passes>[0-9]{1,3}) ,p=(?<lanes>[0-9]{1,3})
      \$(?<salt>[A-Za-z0-9+\/]{11,86}) \$(?<tag>[A-Za-z0-9+\/]{22,86})
      /#
    guard let parts = text.wholeMatch(of: form), let memory = Int(parts.memory), let passes = Int(parts.passes),
      let lanes = Int(parts.lanes), let cost = PasswordCost(memory: memory, passes: passes, lanes: lanes)
    else { throw PasswordHashError("the stored hash is no argon2id hash that can be verified") }
    (self.text, self.cost) = (text, cost)
  }

  /// A hash of that cost which no password has.
  static func ofNothing(_ cost: PasswordCost) throws(PasswordHashError) -> PasswordHash {
    func part(_ count: Int) -> String { Data(randomBytes(count)).base64EncodedString().replacing("=", with: "") }
    let costs = "m=\(cost.memory),t=\(cost.passes),p=\(cost.lanes)"
    return try PasswordHash("$argon2id$v=19$\(costs)$\(part(Argon2.saltLength))$\(part(Argon2.tagLength))")
  }
}

/// Hashing was not possible; the text says why, and holds nothing of the password or the hash.
public struct PasswordHashError: Error, Hashable, CustomStringConvertible {
  /// What it says in a log.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
