public import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// A document of rules (群规) that holds in the groups that name it, in its newest version.
public struct Rules: Sendable, Hashable, Codable {
  /// Its identifier.
  public let id: ID<Rules>
  /// What it is called among the team.
  public let title: String
  /// What it says.
  public let text: String
  /// Raised by every edit; all versions stay.
  public let version: Int
  /// When it was created.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, title, text, version
    case createdAt = "created_at"
  }

  /// One version of it.
  public struct Version: Sendable, Hashable, Codable {
    /// Its number.
    public let version: Int
    /// The title that it had.
    public let title: String
    /// What it said.
    public let text: String
    /// Who wrote it.
    public let byID: PersonID?
    /// Since when it holds.
    public let createdAt: Date

    /// The names in JSON.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case version, title, text
      case byID = "by_id"
      case createdAt = "created_at"
    }
  }
}

/// What can be set of rules.
public struct RulesDraft: Codable, Sendable, Hashable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case title, text
  }

  var title: String
  var text: String

  func validate() throws {
    var check = FieldCheck()
    check.line("/title", title, upTo: 100)
    check.prose("/text", text, upTo: 10_000)
    try check.finish()
  }
}

extension Rules {
  /// The rules as they can be edited.
  public var draft: RulesDraft { RulesDraft(title: title, text: text) }
}

/// The rules of a brand.
public struct RulesStore: Sendable {
  private let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  private static let newest: SQL = """
    select r.id, r.title, v.text, r.version, r.created_at
    from rules r join rules_versions v on v.rules_id = r.id and v.version = r.version
    """

  /// One document in its newest version. Throws `NotFound`.
  public func rules(_ id: ID<Rules>) async throws -> Rules {
    guard let row = try await session.query("\(Self.newest) where r.id = \(id)").first else { throw NotFound() }
    return try Rules(row)
  }

  /// The documents by age.
  public func page(_ request: PageRequest) async throws -> Page<Rules> {
    let rows = try await session.query(
      "\(Self.newest) where r.id > \(request.place) order by r.id limit \(request.fetch)")
    return request.page(of: try rows.map(Rules.init))
  }

  /// The versions of a document, the newest first.
  public func versions(of id: ID<Rules>, before last: Int?, limit: Int) async throws -> Page<Rules.Version> {
    let rows = try await session.query(
      """
      select version, title, text, by_id, created_at from rules_versions
      where rules_id = \(id) and (\(last)::integer is null or version < \(last))
      order by version desc limit \(limit + 1)
      """)
    let items = try rows.map { row in
      Rules.Version(
        version: try row.value("version"), title: try row.value("title"), text: try row.value("text"),
        byID: try row.value("by_id"), createdAt: try row.value("created_at"))
    }
    return Page(items: Array(items.prefix(limit)), hasMore: items.count > limit)
  }

  /// Adds a document.
  public func create(_ draft: RulesDraft, by person: PersonID? = nil) async throws -> ID<Rules> {
    try draft.validate()
    let id = ID<Rules>()
    try await session.query(
      """
      with added as (insert into rules (id, title) values (\(id), \(draft.title)) returning id, version)
      insert into rules_versions (rules_id, version, title, text, by_id)
      select id, version, \(draft.title), \(draft.text), \(person) from added
      """)
    return id
  }

  /// Adds a version of a document if the given one is still the newest.
  public func update(
    _ id: ID<Rules>, _ draft: RulesDraft, ifVersion version: Int?, by person: PersonID? = nil
  ) async throws {
    try draft.validate()
    let added = try await session.query(
      """
      with updated as (
        update rules set title = \(draft.title), version = version + 1
        where id = \(id) and (\(version)::integer is null or version = \(version)) returning id, version
      )
      insert into rules_versions (rules_id, version, title, text, by_id)
      select id, version, \(draft.title), \(draft.text), \(person) from updated
      """)
    guard added.affected == 1 else { throw EditConflict(current: try await rules(id).version) }
  }
}

extension Rules {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    title = try row.value("title")
    text = try row.value("text")
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}
