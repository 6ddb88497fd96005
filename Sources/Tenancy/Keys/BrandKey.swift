import Crypto
public import Foundation
import Identifiers

/// A brand's own data key: seals what is secret in its rows.
///
/// The place of a value (brand, table, row, column) is authenticated with it, so that a sealed value copied elsewhere
/// does not open.
public struct BrandKey: Sendable {
  /// What blobs call it: a brand has one key so far.
  private static let name = "brand-1"

  private let brand: ID<Brand>
  private let key: SymmetricKey

  init(brand: ID<Brand>, key: SymmetricKey) {
    self.brand = brand
    self.key = key
  }

  /// Makes a brand's key, wrapped under the newest master key.
  static func makeWrapped(for brand: ID<Brand>, under masters: MasterKeys) throws -> Data {
    try masters.wrap(SymmetricKey(size: .bits256), context: Self.context(of: brand))
  }

  init(unwrapping wrapped: Data, of brand: ID<Brand>, under masters: MasterKeys) throws(SealingError) {
    self.init(brand: brand, key: try masters.unwrap(wrapped, context: Self.context(of: brand)))
  }

  /// The same key under the newest master key. Opened again before it is returned.
  static func rewrapped(_ wrapped: Data, of brand: ID<Brand>, under masters: MasterKeys) throws -> Data {
    let key = try masters.unwrap(wrapped, context: Self.context(of: brand))
    let new = try masters.wrap(key, context: Self.context(of: brand))
    guard try masters.unwrap(new, context: Self.context(of: brand)) == key else { throw SealingError.damaged }
    return new
  }

  private static func context(of brand: ID<Brand>) -> String { "brand-key|\(brand)" }

  /// Seals a value for one column of one row.
  public func seal(_ value: String, table: String, row: UUID, column: String) throws -> Data {
    try seal(bytes: Data(value.utf8), table: table, row: row, column: column)
  }

  /// Seals bytes for one column of one row.
  public func seal(bytes: Data, table: String, row: UUID, column: String) throws -> Data {
    let context = context(table: table, row: row, column: column)
    let box = try AES.GCM.seal(bytes, using: key, authenticating: Data(context.utf8))
    return KeyedBlob(key: Self.name, sealed: box).bytes
  }

  /// Opens what `seal` made for the same place. Throws `SealingError` when it was made for another or has been changed.
  public func open(_ bytes: Data, table: String, row: UUID, column: String) throws(SealingError) -> String {
    String(decoding: try open(bytes: bytes, table: table, row: row, column: column), as: UTF8.self)
  }

  /// Opens what `seal(bytes:)` made for the same place. Throws `SealingError` as above.
  public func open(bytes: Data, table: String, row: UUID, column: String) throws(SealingError) -> Data {
    let blob = try KeyedBlob(bytes: bytes)
    guard blob.key == Self.name else { throw .unknownKey(id: blob.key) }
    return try blob.open(using: key, context: context(table: table, row: row, column: column))
  }

  private func context(table: String, row: UUID, column: String) -> String {
    "\(brand)|\(table)|\(row.uuidString.lowercased())|\(column)"
  }
}
