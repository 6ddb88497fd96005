/// Why something about people and their rights was refused.
public enum AccessError: Error, Hashable, Sendable {
  /// The address and the password do not belong together, or the code is wrong. It is not told which.
  case wrongCredentials
  /// Too many attempts failed; the next may be made then.
  case tooManyAttempts(seconds: Int)
  /// The password was right; a one-time code is awaited.
  case codeAwaited
  /// The link is unknown, used, taken back or past its time.
  case linkInvalid
  /// The caller would give rights that they do not have themselves.
  case grantsMoreThanOwn
  /// It would leave the agency without an owner.
  case lastOwner
  /// Somebody with this address is in the agency already.
  case alreadyThere
  /// The agency has as many as were agreed upon.
  case limitReached(limit: Int)
  /// Who did it must prove first that it is them.
  case proofAwaited
}
