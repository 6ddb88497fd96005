public import Foundation
public import Identifiers
import Postgres
import Tenancy

/// What was announced in a group (群公告) from a time on.
public struct Announcement: Sendable, Hashable, Codable {
  /// Its identifier.
  public let id: ID<Announcement>
  /// What it said; nil where the one before was taken down.
  public let text: String?
  /// Who wrote it down.
  public let byID: PersonID?
  /// Since when.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, text
    case byID = "by_id"
    case createdAt = "created_at"
  }
}

extension GroupStore {
  /// What was announced in a group, the newest first.
  public func announcements(
    of group: ID<Group>, before last: ID<Announcement>?, limit: Int
  ) async throws -> Page<Announcement> {
    let rows = try await session.query(
      """
      select id, text, by_id, created_at from announcements
      where group_id = \(group) and (\(last)::uuid is null or id < \(last)) order by id desc limit \(limit + 1)
      """)
    let items = try rows.map { row in
      Announcement(
        id: try row.value("id"), text: try row.value("text"), byID: try row.value("by_id"),
        createdAt: try row.value("created_at"))
    }
    return Page(items: Array(items.prefix(limit)), hasMore: items.count > limit)
  }
}
