/// What keeps histories right. Each can be taken away, which has to be seen.
enum Guard: String, CaseIterable, Sendable {
  /// A claim and an end of an attempt that was overtaken are refused.
  case epochs
  /// A claim is committed before anything leaves.
  case claims
  /// An attempt settles first what earlier ones left claimed.
  case orphans
  /// Nothing begins under a lease that may be over.
  case leases
  /// The index keeps a lease as long as was asked.
  case leaseLength
  /// One run at a time passes a gate.
  case gates
  /// Claims are counted in the channel's window.
  case window
  /// The first byte leaves soon after the claim, or not at all.
  case firstByte
  /// The books tell the index what it may not have heard of.
  case mending
  /// An index that somebody empties is not whole.
  case emptying
  /// Of two who empty the index the later one goes on.
  case builders
  /// What is paused is not started.
  case pauses
  /// A stopping worker gives back what it cannot end.
  case stopping
}
