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

/// Reads of a brand's data.
public struct BrandReader: BrandSession {
  /// How much a read asks of the database.
  public enum Length: Sendable, Hashable {
    /// A few rows by an index: down a connection that is shared with other brands' reads.
    case short
    /// Counts, filters, files: on a connection of its own, so that nobody waits behind it.
    case long
  }

  /// The brand.
  public let brand: Brand
  let tenancy: Tenancy
  let length: Length

  /// Runs one reading statement.
  public func query(_ sql: SQL) async throws -> PostgresResult {
    switch length {
    case .short: try await tenancy.read(of: brand, sql)
    case .long: try await tenancy.transaction(of: brand, TransactionOptions(readOnly: true)) { try await $0.query(sql) }
    }
  }
}

extension Tenancy {
  /// Reads of a brand's data, each statement a transaction of its own.
  public func reader(of brand: Brand, _ length: BrandReader.Length = .short) -> BrandReader {
    BrandReader(brand: brand, tenancy: self, length: length)
  }
}
