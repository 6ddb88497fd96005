import Credentials
import Foundation
import Identifiers
import Postgres

/// A person's one-time codes and recovery codes.
struct SecondFactor {
  let session: any PostgresSession
  let masterKeys: MasterKeys

  /// Takes a code where it is right, and never again. The person's row is locked, so that one code lets in once.
  func take(_ code: String, of person: ID<Person>, now: Date = Date()) async throws -> Bool {
    let rows = try await session.query(
      "select totp_secret, totp_step from control.people where id = \(person) and totp_since is not null for update")
    guard let row = rows.first, let sealed: Data = try row.value("totp_secret") else { return false }
    let secret = try masterKeys.open(sealed, place: Self.place(of: person))
    let last: Int64? = try row.value("totp_step")
    if let step = OneTimePasswords(secret: secret).acceptedStep(of: code, at: now, after: last) {
      try await session.query("update control.people set totp_step = \(step) where id = \(person)")
      return true
    }
    guard let digest = RecoveryCode(typed: code)?.digest else { return false }
    return try await session.query(
      """
      update control.recovery_codes set used_at = now()
      where person_id = \(person) and digest = \(digest) and used_at is null
      """
    ).affected == 1
  }

  /// Where the secret is sealed for.
  static func place(of person: ID<Person>) -> String { "person|\(person)|totp" }
}
