public import Foundation
public import Identifiers
public import Logging
public import Postgres

/// Makes brands: schema, role, data key and settings. Needs the owner's connections.
public struct BrandCreation: Sendable {
  private let control: PostgresPool
  private let cells: [String: PostgresPool]
  private let login: String
  private let migrator: Migrator
  private let masterKeys: MasterKeys

  /// Every new grant flushes membership caches: with 3,000 roles granted to one login that costs 39 ms per connection.
  static let brandsPerLogin = 300

  /// A creation over the owner's connections, which must be direct.
  public init(
    control: PostgresPool, cells: [String: PostgresPool], login: String, migrations: URL, masterKeys: MasterKeys,
    logger: Logger
  ) {
    self.control = control
    self.cells = cells
    self.login = login
    self.masterKeys = masterKeys
    migrator = Migrator(control: control, cells: cells, login: login, folder: migrations, logger: logger)
  }

  /// Makes a brand that is ready for work. A creation that was cut off goes on when it is called again; of several at
  /// once with the same slug one succeeds and the others throw `TenancyError.brandExists`.
  ///
  /// - Parameter zone: the IANA zone in which the brand's days and wall-clock times are meant.
  /// - Parameter actor: who makes it, for the audit.
  public func create(
    slug: String, name: String, zone: String, for agency: ID<Agency>, by actor: Actor = Actor(.command, name: "nuanqun")
  ) async throws -> Brand {
    guard let fit = Slug(slug) else { throw TenancyError.badSlug(slug) }
    guard DisplayName.isFit(name) else { throw TenancyError.badName }
    guard Self.isZone(zone) else { throw TenancyError.unknownZone(zone) }
    let brand = try await reserve(fit, name: name, for: agency)
    guard let pool = cells[brand.cell] else { throw TenancyError.cellNotConfigured(name: brand.cell) }
    try await makeSchema(of: brand, pool: pool)
    _ = try await migrator.migrator(of: brand, pool: pool).migrate()
    return try await finish(brand, zone: zone, by: actor, pool: pool)
  }

  /// Foundation alone would also take abbreviations and offsets, and read an identifier no further than a zero byte.
  private static func isZone(_ text: String) -> Bool {
    (text == "UTC" || text.contains("/")) && !text.utf8.contains(0) && TimeZone(identifier: text) != nil
  }

  private func reserve(_ slug: Slug, name: String, for agency: ID<Agency>) async throws -> Brand {
    try await control.transaction { transaction in
      let counted = try await transaction.query([
        // Two creations at once must not both take the last place under a login.
        "select pg_advisory_xact_lock(hashtextextended('nuanqun brands', 0))",
        // The brand's own row, of a creation that was cut off, has its place already.
        """
        select count(*) as brands from control.brands
        where login_name = \(login) and (agency_id, slug) <> (\(agency), \(slug.text))
        """,
      ])
      let brands = try counted[1].first?.value("brands", as: Int.self) ?? 0
      guard brands < Self.brandsPerLogin else { throw TenancyError.loginFull(limit: Self.brandsPerLogin) }
      try await requirePlace(for: slug, of: agency, in: transaction)
      let id = ID<Brand>()
      let schema = "b_" + id.description.replacing("-", with: "")
      let key = try BrandKey.makeWrapped(for: id, under: masterKeys)
      let rows = try await transaction.query(
        """
        insert into control.brands as b
          (id, agency_id, cell, slug, name, schema_name, role_name, login_name, wrapped_key)
        values
          (\(id), \(agency), \(Cells.first), \(slug.text), \(name), \(schema), \(schema), \(login), \(key))
        on conflict (agency_id, slug) do update set name = excluded.name where b.state = 'preparing'
        returning \(BrandStore.columns)
        """)
      guard let row = rows.first else { throw TenancyError.brandExists(slug: slug.text) }
      return try Brand(row)
    }
  }

  /// Throws `AccessError.limitReached` when the agency has as many brands as were agreed upon.
  private func requirePlace(for slug: Slug, of agency: ID<Agency>, in transaction: PostgresTransaction) async throws {
    let rows = try await transaction.query(
      """
      select a.brand_limit, (
        select count(*) from control.brands b
        where b.agency_id = a.id and b.state <> 'erased' and b.slug <> \(slug.text)
      ) as brands from control.agencies a where a.id = \(agency)
      """)
    guard let row = rows.first, let limit: Int = try row.value("brand_limit", as: Int?.self) else { return }
    if try row.value("brands", as: Int.self) >= limit { throw AccessError.limitReached(limit: limit) }
  }

  private func makeSchema(of brand: Brand, pool: PostgresPool) async throws {
    try await pool.transaction { transaction in
      let found = try await transaction.query([
        // Another creation of the same brand may be at the same step.
        "select pg_advisory_xact_lock(hashtextextended(\("nuanqun role \(brand.role)"), 0))",
        "select from pg_roles where rolname = \(brand.role)",
      ])
      if found[1].isEmpty { try await transaction.query("create role \(identifier: brand.role) nologin") }
      try await transaction.query([
        "grant \(identifier: brand.role) to \(identifier: login)",
        "create schema if not exists \(identifier: brand.schema)",
        """
        insert into ops.tenants (role_name, brand_id) values (\(brand.role), \(brand.id)) on conflict do nothing
        """,
      ])
    }
  }

  private func finish(_ brand: Brand, zone: String, by actor: Actor, pool: PostgresPool) async throws -> Brand {
    try await pool.transaction { transaction in
      _ = try await transaction.query(
        """
        insert into \(identifier: brand.schema).settings (zone) values (\(zone))
        on conflict (singleton) do update set zone = excluded.zone
        where exists (select from control.brands where id = \(brand.id) and state = 'preparing')
        """)
    }
    let finished = try await control.transaction { transaction -> Brand? in
      let rows = try await transaction.query(
        """
        update control.brands set state = 'ready', name = \(brand.name)
        where id = \(brand.id) and state = 'preparing' returning \(BrandStore.columns)
        """)
      guard let row = rows.first else { return nil }
      let made = ["slug": brand.slug, "name": brand.name, "zone": zone]
      try await ActStore(transaction).note(
        Act(
          "brand.created", Act.Subject("brand", id: "\(brand.id)", name: brand.name), brand: brand.id,
          after: try JSON(encoding: made)),
        by: actor, in: brand.agency)
      return try Brand(row)
    }
    guard let finished else { throw TenancyError.brandExists(slug: brand.slug) }
    return finished
  }
}
