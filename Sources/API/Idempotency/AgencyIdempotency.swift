import Foundation
import HTTPTypes
import Identifiers
import Postgres
import Tenancy
import Wording

/// Runs an effect of an agency once per key although it spans several transactions, as making a brand does.
///
/// The key is claimed and committed first. The effect then runs while the claim's row is locked, so that a second request
/// waits, and the answer is written with the lock's transaction. After a crash in between the claim stands without an
/// answer: the next request with the key goes on from there. An effect that fails gives the key back.
struct AgencyIdempotency: Sendable {
  let pool: PostgresPool
  let agency: ID<Agency>

  /// - Parameter effect: does the work, or finds it done since the instant, which is when the key was first claimed.
  func once(_ key: IdempotencyKey?, _ effect: (Date) async throws -> Answer) async throws -> Answer {
    guard let key else { return try await effect(.distantFuture) }
    while true {
      try await claim(key)
      if let result = try await settle(key, effect) { return try result.get() }
      // Whoever held the key failed and gave it back meanwhile.
    }
  }

  private func claim(_ key: IdempotencyKey) async throws {
    try await pool.transaction { transaction in
      _ = try await transaction.query([
        """
        delete from control.idempotency
        where agency_id = \(agency) and created_at < now() - \(IdempotencySweep.lifetime)::interval
        """,
        """
        insert into control.idempotency (agency_id, key, fingerprint, status, body)
        values (\(agency), \(key.key), \(key.fingerprint), 0, '') on conflict do nothing
        """,
      ])
    }
  }

  private func settle(
    _ key: IdempotencyKey, _ effect: (Date) async throws -> Answer
  ) async throws -> Result<Answer, any Error>? {
    try await pool.transaction { transaction in
      let rows = try await transaction.query(
        """
        select fingerprint, status, body, created_at from control.idempotency
        where agency_id = \(agency) and key = \(key.key) for update
        """)
      guard let row = rows.first else { return nil }
      let (fingerprint, status, body, claimed) = try row.decode(Data.self, Int.self, String.self, Date.self)
      guard fingerprint == key.fingerprint else { throw Problem(.idempotencyKeyReused, [.key: key.key]) }
      if status != 0 { return .success(try StoredAnswer.answer(status: status, text: body)) }
      do {
        let answer = try await effect(claimed)
        try await transaction.query(
          """
          update control.idempotency set status = \(answer.status.code)::smallint, body = \(StoredAnswer(answer).text())
          where agency_id = \(agency) and key = \(key.key)
          """)
        return .success(answer)
      } catch {
        try await transaction.query(
          "delete from control.idempotency where agency_id = \(agency) and key = \(key.key)")
        return .failure(error)
      }
    }
  }
}
