public import Identifiers
import ServiceLifecycle

/// One try at a run, as its job sees it.
public struct Attempt: Sendable {
  /// The run.
  public let run: ID<Run>
  /// Whom it belongs to.
  public let tenant: ID<Tenant>
  /// The fence: writes that may only be this attempt's carry it.
  public let epoch: Int
  /// 1 for the first try; tries that crashed or were given back do not count.
  public let number: Int

  let lease: Lease
  var store: (any RunBooks)?

  /// Throws `LeaseLost` when another worker may have begun the run again. Called right before anything that is seen
  /// outside; what is in Postgres is fenced by the epoch anyway.
  public func checkLease() throws(LeaseLost) {
    guard lease.isHeld else { throw LeaseLost() }
  }

  /// Notes how far the attempt has come, for the people who look at it, and as evidence should it end without a word.
  ///
  /// One small write; a job that does much calls it now and then, not for every piece.
  /// - Parameters:
  ///   - step: what it is about to do; at most 300 characters are kept. No content of anybody's.
  ///   - progress: from 0 to 1.
  /// - Throws: `LeaseLost` when the run was begun again.
  public func report(_ step: String? = nil, progress: Double? = nil) async throws {
    guard let store else { return }
    let progress = progress.map { min(max($0, 0), 1) }
    guard try await store.report(run, epoch: epoch, step: step, progress: progress) else { throw LeaseLost() }
  }

  /// Whether the process of the calling task has been asked to stop.
  public static var isWorkerStopping: Bool { Task.isShuttingDownGracefully }
}

/// The attempt can no longer be sure that it is the only one.
public struct LeaseLost: Error {
  /// The lease is gone.
  public init() {}
}
