public import Foundation
public import Identifiers
public import Postgres

/// Something that was done, as the audit keeps it. Never with a secret in it.
public struct Act: Sendable, Hashable {
  /// What it was done to.
  public struct Subject: Sendable, Hashable, Codable {
    /// `group`, `person`, `brand` and so on.
    public let kind: String
    /// Its identifier.
    public let id: String
    /// Its name at the time, where it has one.
    public let name: String?

    /// A subject.
    public init(_ kind: String, id: String, name: String? = nil) {
      self.kind = kind
      self.id = id
      self.name = name
    }
  }

  /// What was done: `group.edited`, `person.invited`.
  public let name: String
  /// To what.
  public let subject: Subject
  /// Of which brand it is told in the agency's audit.
  public let brand: ID<Brand>?
  /// What it was before, as far as it changed.
  public let before: JSON?
  /// What it became.
  public let after: JSON?

  /// An act.
  public init(_ name: String, _ subject: Subject, brand: ID<Brand>? = nil, before: JSON? = nil, after: JSON? = nil) {
    self.name = name
    self.subject = subject
    self.brand = brand
    self.before = before
    self.after = after
  }
}

/// An act as it stands in the audit.
public struct ActRecord: Sendable, Hashable {
  /// Its place in the chain, from 1.
  public let number: Int
  /// When.
  public let at: Date
  /// Who.
  public let actor: Actor
  /// What was done.
  public let name: String
  /// To what.
  public let subject: Act.Subject
  /// Of which brand.
  public let brand: ID<Brand>?
  /// What it was before, as far as it changed.
  public let before: JSON?
  /// What it became.
  public let after: JSON?
}
