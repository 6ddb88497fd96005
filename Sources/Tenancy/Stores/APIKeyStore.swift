public import Foundation
public import Identifiers
public import Postgres

/// The keys with which programs act for an agency.
public struct APIKeyStore: Sendable {
  private let pool: PostgresPool

  /// Reads and writes through the given pool; making a key needs the owner's.
  public init(_ pool: PostgresPool) {
    self.pool = pool
  }

  /// Makes a key with an owner's rights. Its text is in the answer and nowhere else.
  public func create(for agency: ID<Agency>, name: String, expiresAt: Date? = nil) async throws -> APIKey {
    guard DisplayName.isFit(name) else { throw TenancyError.badName }
    let key = APIKey()
    try await pool.transaction { transaction in
      _ = try await transaction.query(
        """
        insert into control.api_keys (id, agency_id, name, digest, expires_at)
        values (\(ID<APIKey>()), \(agency), \(name), \(APIKey.digest(of: key.text)), \(expiresAt))
        """)
    }
    return key
  }

  /// Whom the key acts for; nil when it is unknown, revoked or past its day.
  public func record(of text: String) async throws -> APIKeyRecord? {
    try await pool.read(
      """
      select id, agency_id, name from control.api_keys
      where digest = \(APIKey.digest(of: text)) and revoked_at is null
        and (expires_at is null or expires_at > now())
      """
    ).first.map { row in
      APIKeyRecord(id: try row.value("id"), agency: try row.value("agency_id"), name: try row.value("name"))
    }
  }

  /// Notes that keys were used, at most once a minute each, so that a busy key costs no write per request.
  public func noteUse(of key: ID<APIKey>) async throws {
    try await pool.transaction { transaction in
      _ = try await transaction.query(
        """
        update control.api_keys set last_used_at = now()
        where id = \(key) and (last_used_at is null or last_used_at < now() - interval '1 minute')
        """)
    }
  }
}
