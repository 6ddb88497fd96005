public import Foundation
public import Identifiers
import Postgres

/// Somebody was asked to join an agency, and has not answered yet.
public struct Invitation: Sendable, Hashable, Codable {
  /// What the token in its link begins with.
  static let prefix = "nqi_"
  /// How long the link is good.
  static let life = Duration.seconds(7 * 86_400)

  /// Its identifier.
  public let id: ID<Invitation>
  /// The agency that they are to join.
  public let agency: ID<Agency>
  /// Where the mail went.
  public let email: String
  /// What the inviter calls them.
  public let name: String
  /// The language of the mail.
  public let language: String
  /// The roles that they will have.
  public let grants: [Grant]
  /// Who invited them.
  public let invitedBy: String
  /// When.
  public let createdAt: Date
  /// Until when the link is good.
  public let expiresAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, agency, email, name, language, grants
    case invitedBy = "invited_by"
    case createdAt = "created_at"
    case expiresAt = "expires_at"
  }
}

extension Invitation {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.value("id"), agency: try row.value("agency_id"), email: try row.value("email"),
      name: try row.value("name"), language: try row.value("language"),
      grants: try row.value("grants", as: JSON.self).decode(), invitedBy: try row.value("invited_by"),
      createdAt: try row.value("created_at"), expiresAt: try row.value("expires_at"))
  }
}
