public import Postgres

/// Where statements on a brand's data run: inside a brand transaction, or each as a short read of its own.
public protocol BrandSession: Sendable {
  /// The brand.
  var brand: Brand { get }
  /// Runs one statement in the brand's schema.
  @discardableResult
  func query(_ sql: SQL) async throws -> PostgresResult
}

extension BrandTransaction: BrandSession {}

/// Short reads of a brand's data, each down a connection that is shared with other brands' reads.
public struct BrandReader: BrandSession {
  /// The brand.
  public let brand: Brand
  let tenancy: Tenancy

  /// Runs one reading statement.
  public func query(_ sql: SQL) async throws -> PostgresResult {
    try await tenancy.read(of: brand, sql)
  }
}

extension Tenancy {
  /// Short reads of a brand's data.
  public func reader(of brand: Brand) -> BrandReader {
    BrandReader(brand: brand, tenancy: self)
  }
}
