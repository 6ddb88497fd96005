public import Foundation
public import Identifiers

/// A client of an agency (品牌), and the tenant: one schema, one database role, one data key.
public struct Brand: Sendable, Hashable {
  /// Its identifier.
  public let id: ID<Brand>
  /// The agency that it belongs to.
  public let agency: ID<Agency>
  /// Its short name; unique within the agency.
  public let slug: String
  /// Its name as people write it.
  public let name: String
  /// The cell whose database holds its schema.
  public let cell: String
  /// When it was created.
  public let createdAt: Date

  let schema: String
  let role: String
  let wrappedKey: Data
}
