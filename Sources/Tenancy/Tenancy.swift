public import Identifiers
public import Postgres

/// The door to agencies and to the data of their brands.
public struct Tenancy: Sendable {
  /// The agencies' side: read with the application's login.
  public let control: PostgresPool
  /// The databases that hold the brands.
  public let cells: Cells
  /// The keys under which the brands' keys are wrapped.
  let masterKeys: MasterKeys
  private let directory: BrandDirectory

  /// The tenancy over its connections.
  public init(control: PostgresPool, cells: Cells, masterKeys: MasterKeys) {
    self.control = control
    self.cells = cells
    self.masterKeys = masterKeys
    directory = BrandDirectory(store: BrandStore(control))
  }

  /// Runs `body` as one transaction on the brand's data, then what it asked for after the commit.
  ///
  /// It may run again from the start when the database asks for that (serialization failure, deadlock), so it must not
  /// do anything outside that cannot be done twice.
  public func transaction<Result: Sendable>(
    of brand: Brand, _ options: TransactionOptions = .init(),
    _ body: (BrandTransaction) async throws -> Result
  ) async throws -> Result {
    let pool = try cells.pool(of: brand.cell)
    let (result, committed) = try await pool.transaction(
      options, opening: [brand.context], preferring: brand.schema
    ) { transaction in
      let work = BrandTransaction(brand: brand, transaction: transaction, masterKeys: masterKeys)
      return (try await body(work), work)
    }
    await committed.runAfterCommit()
    return result
  }

  /// A short read of one statement, down a connection that other brands' reads share; it cannot see their data.
  public func read(of brand: Brand, _ sql: SQL) async throws -> PostgresResult {
    try await cells.pool(of: brand.cell).read(sql, context: [brand.context])
  }

  /// The brand with this id, for work that names it by id (a run of the queue). Nil when it is gone.
  public func brand(_ id: ID<Brand>) async throws -> Brand? {
    try await directory.brand(id)
  }

  /// The agency's brand with this slug or id. Throws `TenancyError.unknownBrand`, also for another agency's.
  public func brand(_ name: String, of agency: ID<Agency>) async throws -> Brand {
    guard let brand = try await BrandStore(control).brand(name, of: agency) else {
      throw TenancyError.unknownBrand
    }
    return brand
  }

  /// The brand's data key, unwrapped. Throws `SealingError` when its master key is not among those given.
  public func key(of brand: Brand) throws(SealingError) -> BrandKey {
    try BrandKey(unwrapping: brand.wrappedKey, of: brand.id, under: masterKeys)
  }
}
