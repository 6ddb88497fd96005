import OwnThreads

/// Hashes and verifies passwords, few at once and away from the cooperative pool.
///
/// Each hash takes the cost's memory, so `threads` bounds what a flood of sign-ins can take. Who has to wait does so in
/// order; when the line is full, everything here throws `OwnThreads`' `Busy`.
public struct PasswordHasher: Sendable {
  /// What new hashes cost.
  public let cost: PasswordCost
  private let threads: OwnThreads
  let nothing: PasswordHash

  /// - Parameters:
  ///   - threads: the most hashes that are made at once.
  ///   - waiting: the most callers that wait for their turn.
  public init(cost: PasswordCost = .standard, threads: Int = 2, waiting: Int = 64) throws(PasswordHashError) {
    try self.init(
      cost: cost,
      on: OwnThreads(name: "passwords", limit: threads, waiting: waiting, stackSize: 262_144))
  }

  init(cost: PasswordCost, on threads: OwnThreads) throws(PasswordHashError) {
    self.cost = cost
    self.threads = threads
    nothing = try .ofNothing(cost)
  }

  /// The number of callers that wait.
  public var waiting: Int { threads.waiting }

  /// What is to be stored of a password. Whether it is a good one, `PasswordRules` says.
  public func hash(_ password: Password) async throws -> PasswordHash {
    guard password.length <= PasswordRules.lengths.upperBound else {
      throw PasswordHashError("the password is longer than the rules allow")
    }
    return try await threads.run { [cost] in try Argon2.hash(password, cost: cost) }
  }

  /// Whether it is the password of which the hash was made. Compares in constant time.
  public func verify(_ password: Password, against hash: PasswordHash) async throws -> Bool {
    // Nobody has such a password, and to hash what somebody sends by the megabyte would take long.
    guard password.length <= PasswordRules.lengths.upperBound else { return try await verifyNothing(Password("")) }
    return try await threads.run { try Argon2.verify(password, against: hash) }
  }

  /// Takes as long as a verification and says no: for people who do not exist, so that time tells nothing.
  @discardableResult
  public func verifyNothing(_ password: Password) async throws -> Bool {
    try await verify(password, against: nothing)
  }

  /// Whether the hash was made at another cost; after the next right password it is to be made anew.
  public func needsRehash(_ hash: PasswordHash) -> Bool {
    hash.cost != cost
  }
}
