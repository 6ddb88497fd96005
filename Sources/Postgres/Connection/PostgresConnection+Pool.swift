import CLibpq
import Logging

extension PostgresConnection {
  /// The failure at this moment, for other actors of the same loop.
  nonisolated var failureNow: PostgresError? { assumeIsolated { $0.failure } }

  /// Whether the server answers.
  func ping() async -> Bool {
    do {
      _ = try await run(UnitOfWork([SQL(constant: "select 1")], effect: .none), cancellable: false)
      return true
    } catch {
      return false
    }
  }

  /// Whether the connection is fit for the next borrower as it is.
  var isTidy: Bool {
    guard failure == nil, exclusive == nil, transaction == nil, pipeline.isIdle, let libpq else { return false }
    return libpq.transactionStatus == PQTRANS_IDLE
  }

  /// Makes the connection fit for the next borrower; whether it is.
  func tidyUp() async -> Bool {
    guard failure == nil, let libpq else { return false }
    guard exclusive == nil, !pipeline.contains(where: \.isCaller) else {
      log.log(.error, "a connection came back to the pool while still in use", ["backend": "\(backend)"])
      return false
    }
    if let transaction { await rollback(transaction.number) }
    guard !pipeline.hasFlights, libpq.transactionStatus != PQTRANS_IDLE else { return failure == nil }
    log.log(.warning, "a connection came back to the pool with a transaction open", ["backend": "\(backend)"])
    _ = try? await run(UnitOfWork([SQL(constant: "rollback")], effect: .none), cancellable: false)
    return failure == nil && self.libpq?.transactionStatus == PQTRANS_IDLE
  }
}
