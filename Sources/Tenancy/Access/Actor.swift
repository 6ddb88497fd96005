public import Foundation

/// Who does something, as the audit names them.
public struct Actor: Sendable, Hashable, Codable {
  /// What kind of actor.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case person
    case key
    /// Somebody at the command line of the deployment.
    case command
    /// The product itself, by a rule that somebody set.
    case system
  }

  /// What kind of actor it is.
  public let kind: Kind
  /// The person's or the key's id.
  public let id: UUID?
  /// The name at the time.
  public let name: String
  /// The address that the request came from.
  public let address: String?
  /// The request's name in the log.
  public let request: String?

  /// An actor.
  public init(_ kind: Kind, id: UUID? = nil, name: String, address: String? = nil, request: String? = nil) {
    self.kind = kind
    self.id = id
    self.name = name
    self.address = address
    self.request = request
  }
}
