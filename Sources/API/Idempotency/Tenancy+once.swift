import Foundation
import HTTPTypes
import Postgres
import Tenancy
import Wording

extension Tenancy {
  /// Runs an effect on a brand's data once per key: the answer is kept in the transaction of the effect, so that either
  /// both are there or neither is. A second request with the key waits for the first and gets its answer.
  ///
  /// - Throws: `Problem.idempotencyKeyReused` when the key stands for another request; what the effect throws, and then
  ///   nothing is kept.
  func once(
    _ key: IdempotencyKey?, of brand: Brand, sweeping sweep: IdempotencySweep,
    _ effect: (BrandTransaction) async throws -> Answer
  ) async throws -> Answer {
    try await transaction(of: brand) { transaction in
      guard let key else { return try await effect(transaction) }
      if let earlier = try await transaction.claim(key) { return earlier }
      let answer = try await effect(transaction)
      try await transaction.keep(answer, under: key)
      if sweep.isDue(for: brand.id) {
        try await transaction.query(
          "delete from idempotency where created_at < now() - \(IdempotencySweep.lifetime)::interval")
      }
      return answer
    }
  }
}

extension BrandTransaction {
  /// Takes the key for this transaction; the answer if it was used before. Waits while another transaction has it.
  fileprivate func claim(_ key: IdempotencyKey) async throws -> Answer? {
    let results = try await query([
      """
      delete from idempotency where key = \(key.key) and created_at < now() - \(IdempotencySweep.lifetime)::interval
      """,
      """
      insert into idempotency (key, fingerprint, status, body) values (\(key.key), \(key.fingerprint), 0, '')
      on conflict (key) do nothing
      """,
    ])
    if results[1].affected == 1 { return nil }
    let rows = try await query("select fingerprint, status, body from idempotency where key = \(key.key)")
    guard let row = rows.first else { throw KeyVanished() }
    let (fingerprint, status, body) = try row.decode(Data.self, Int.self, String.self)
    guard fingerprint == key.fingerprint else { throw Problem(.idempotencyKeyReused, [.key: key.key]) }
    return try StoredAnswer.answer(status: status, text: body)
  }

  fileprivate func keep(_ answer: Answer, under key: IdempotencyKey) async throws {
    try await query(
      """
      update idempotency set status = \(answer.status.code)::smallint, body = \(StoredAnswer(answer).text())
      where key = \(key.key)
      """)
  }
}

/// The row was swept between two statements, which takes a request that lasts as long as keys are kept.
struct KeyVanished: Error {}
