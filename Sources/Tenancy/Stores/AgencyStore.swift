public import Identifiers
public import Postgres

/// The agencies of a deployment. Making one needs the owner's connection.
public struct AgencyStore: Sendable {
  private let pool: PostgresPool

  /// Reads and writes through the given pool.
  public init(_ pool: PostgresPool) {
    self.pool = pool
  }

  /// Makes an agency. Throws `TenancyError` when the slug is taken or the text is not fit.
  public func create(slug: String, name: String) async throws -> Agency {
    guard let fit = Slug(slug) else { throw TenancyError.badSlug(slug) }
    guard DisplayName.isFit(name) else { throw TenancyError.badName }
    let agency = Agency(id: ID(), slug: fit.text, name: name)
    let added = try await pool.transaction { transaction in
      try await transaction.query(
        """
        insert into control.agencies (id, slug, name) values (\(agency.id), \(agency.slug), \(agency.name))
        on conflict (slug) do nothing
        """
      ).affected
    }
    guard added == 1 else { throw TenancyError.agencyExists(slug: slug) }
    return agency
  }

  /// The agency with this slug, or nil.
  public func agency(slug: String) async throws -> Agency? {
    try await pool.read("select id, slug, name from control.agencies where slug = \(slug)").first.map(Agency.init)
  }

  /// The agency with this id, or nil.
  public func agency(_ id: ID<Agency>) async throws -> Agency? {
    try await pool.read("select id, slug, name from control.agencies where id = \(id)").first.map(Agency.init)
  }
}

extension Agency {
  init(_ row: PostgresRow) throws {
    self.init(id: try row.value("id"), slug: try row.value("slug"), name: try row.value("name"))
  }
}
