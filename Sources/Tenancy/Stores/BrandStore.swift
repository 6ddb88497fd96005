import Foundation
public import Identifiers
public import Postgres

/// The brands of the agencies' side.
public struct BrandStore: Sendable {
  private let pool: PostgresPool

  /// Reads through the given pool.
  public init(_ pool: PostgresPool) {
    self.pool = pool
  }

  /// An agency's brands, by slug, after the one named `after`.
  ///
  /// - Parameters:
  ///   - some: only those of these; nil for all.
  ///   - states: only those in one of these states.
  public func brands(
    of agency: ID<Agency>, among some: [ID<Brand>]? = nil, in states: [Brand.State] = [.ready], after: String?,
    limit: Int
  ) async throws -> [Brand] {
    try await pool.read(
      """
      select \(Self.columns) from control.brands
      where agency_id = \(agency) and state = any (\(states.map(\.rawValue))) and slug > \(after ?? "")
        and (\(some?.map(\.uuid))::uuid[] is null or id = any (\(some?.map(\.uuid))::uuid[]))
      order by slug limit \(limit)
      """
    ).map(Brand.init)
  }

  func brand(_ id: ID<Brand>) async throws -> Brand? {
    try await pool.read(
      """
      select \(Self.columns) from control.brands where id = \(id) and state in ('ready', 'archived')
      """
    ).first.map(Brand.init)
  }

  func brand(_ name: String, of agency: ID<Agency>) async throws -> Brand? {
    try await pool.read(
      """
      select \(Self.columns) from control.brands
      where agency_id = \(agency) and (slug = \(name) or id = \(UUID(uuidString: name)))
        and state in ('ready', 'archived')
      """
    ).first.map(Brand.init)
  }

  static let columns: SQL = """
    id, agency_id, slug, name, cell, state, version, created_at, schema_name, role_name, wrapped_key
    """

  /// All brands of a cell that have a schema, for migrations. One in the making gets its migrations from its creation.
  public func all(in cell: String) async throws -> [Brand] {
    try await pool.read(
      """
      select \(Self.columns) from control.brands where cell = \(cell) and state in ('ready', 'archived') order by id
      """
    ).map(Brand.init)
  }
}

extension Brand {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    agency = try row.value("agency_id")
    slug = try row.value("slug")
    name = try row.value("name")
    cell = try row.value("cell")
    let state: String = try row.value("state")
    self.state = State(rawValue: state) ?? .erased
    version = try row.value("version")
    createdAt = try row.value("created_at")
    schema = try row.value("schema_name")
    role = try row.value("role_name")
    wrappedKey = try row.value("wrapped_key")
  }
}
