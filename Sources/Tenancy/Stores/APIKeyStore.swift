public import Foundation
public import Identifiers
public import Postgres

/// The keys with which programs act for an agency.
public struct APIKeyStore: Sendable {
  private let session: any PostgresSession

  /// Works in the given session of the control database.
  public init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Runs each statement by itself, on a connection of the pool.
  public init(_ pool: PostgresPool) {
    self.init(ControlStatements(pool: pool))
  }

  /// Makes a key with an owner's rights for the agency, as the deployment's command does.
  public func create(for agency: ID<Agency>, name: String, expiresAt: Date? = nil) async throws -> APIKey {
    try await create(for: agency, name: name, scopes: .all, by: "nuanqun", expiresAt: expiresAt).0
  }

  /// Makes a key. Its text is in the answer and nowhere else.
  ///
  /// - Parameters:
  ///   - brand: the one brand that it is for; nil for the whole agency.
  ///   - scopes: what it may do.
  ///   - whom: who makes it.
  public func create(
    for agency: ID<Agency>, brand: ID<Brand>? = nil, name: String, scopes: PermissionSet, by whom: String,
    expiresAt: Date? = nil
  ) async throws -> (APIKey, APIKeyListing) {
    guard DisplayName.isFit(name) else { throw TenancyError.badName }
    let key = APIKey()
    let rows = try await session.query(
      """
      insert into control.api_keys (id, agency_id, brand_id, name, scopes, created_by, digest, expires_at)
      values (\(ID<APIKey>()), \(agency), \(brand), \(name), \(scopes.permissions.map(\.rawValue)), \(whom),
        \(APIKey.digest(of: key.text)), \(expiresAt))
      returning \(Self.columns)
      """)
    guard let row = rows.first else { throw TenancyError.unknownAgency(slug: "") }
    return (key, try APIKeyListing(row))
  }

  /// Whom the key acts for; nil when it is unknown, revoked or past its day.
  public func record(of text: String) async throws -> APIKeyRecord? {
    try await session.query(
      """
      select id, agency_id, brand_id, name, scopes from control.api_keys
      where digest = \(APIKey.digest(of: text)) and revoked_at is null
        and (expires_at is null or expires_at > now())
      """
    ).first.map { row in
      APIKeyRecord(
        id: try row.value("id"), agency: try row.value("agency_id"), brand: try row.value("brand_id"),
        name: try row.value("name"), scopes: try PermissionSet(stored: row.value("scopes")))
    }
  }

  /// An agency's keys that are not revoked, the latest first.
  public func keys(of agency: ID<Agency>, before id: ID<APIKey>? = nil, limit: Int) async throws -> [APIKeyListing] {
    try await session.query(
      """
      select \(Self.columns) from control.api_keys
      where agency_id = \(agency) and revoked_at is null and (\(id)::uuid is null or id < \(id))
      order by id desc limit \(limit)
      """
    ).map(APIKeyListing.init)
  }

  /// One key that is not revoked; nil when there is none.
  public func key(_ id: ID<APIKey>, of agency: ID<Agency>) async throws -> APIKeyListing? {
    try await session.query(
      """
      select \(Self.columns) from control.api_keys
      where agency_id = \(agency) and id = \(id) and revoked_at is null
      """
    ).first.map(APIKeyListing.init)
  }

  /// Ends a key within seconds; false when it had ended.
  public func revoke(_ id: ID<APIKey>, of agency: ID<Agency>) async throws -> Bool {
    try await session.query(
      """
      update control.api_keys set revoked_at = now() where agency_id = \(agency) and id = \(id) and revoked_at is null
      """
    ).affected == 1
  }

  /// Notes that a key was used, at most once a minute, so that a busy key costs no write per request.
  public func noteUse(of key: ID<APIKey>) async throws {
    try await session.query(
      """
      update control.api_keys set last_used_at = now()
      where id = \(key) and (last_used_at is null or last_used_at < now() - interval '1 minute')
      """)
  }

  private static let columns: SQL = "id, brand_id, name, scopes, created_by, created_at, last_used_at, expires_at"
}

/// A key as it is listed: without its text, which nobody has.
public struct APIKeyListing: Sendable, Hashable, Codable {
  /// Its identifier.
  public let id: ID<APIKey>
  /// The one brand that it is for; nil for the whole agency.
  public let brand: ID<Brand>?
  /// What people call it.
  public let name: String
  /// What it may do.
  public let scopes: [Permission]
  /// Who made it.
  public let createdBy: String
  /// When.
  public let createdAt: Date
  /// When it was last used, to the minute.
  public let lastUsedAt: Date?
  /// From when it is worth nothing.
  public let expiresAt: Date?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, brand, name, scopes
    case createdBy = "created_by"
    case createdAt = "created_at"
    case lastUsedAt = "last_used_at"
    case expiresAt = "expires_at"
  }

  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    brand = try row.value("brand_id")
    name = try row.value("name")
    scopes = try PermissionSet(stored: row.value("scopes")).permissions
    createdBy = try row.value("created_by")
    createdAt = try row.value("created_at")
    lastUsedAt = try row.value("last_used_at")
    expiresAt = try row.value("expires_at")
  }
}

extension PermissionSet {
  /// Of names that were stored. One that this version does not know permits nothing.
  init(stored names: [String]) {
    self.init(names.compactMap(Permission.init))
  }
}
