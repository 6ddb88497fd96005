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
  /// Where it is in its life.
  public let state: State
  /// Raised by every edit of its name and its state.
  public let version: Int
  /// When it was created.
  public let createdAt: Date

  let schema: String
  let role: String
  let wrappedKey: Data

  /// Where a brand is in its life.
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// It is still being made.
    case preparing
    /// Ready for work.
    case ready
    /// Nothing is sent and nothing can be changed; it can be brought back.
    case archived
    /// Its schema, its role and its key are gone. What is left is the proof.
    case erased
  }
}
