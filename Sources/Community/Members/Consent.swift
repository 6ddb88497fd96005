public import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// What a member agreed to, since when and until when.
public struct Consent: Sendable, Hashable, Codable {
  /// To what members can agree.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// To be written to in private about offers and events.
    case messages
    /// That what they do is put together into a picture of them.
    case profiling
    /// That what they have made is shown to others under their name.
    case publication
    /// That their data go to the brand's partners.
    case sharing
  }

  /// Its identifier.
  public let id: ID<Consent>
  /// To what.
  public let kind: Kind
  /// When it was given.
  public let givenAt: Date
  /// Where it was given: a form, a conversation, a paper.
  public let source: String
  /// Who wrote it down.
  public let byID: PersonID?
  /// When it was withdrawn; nil while it stands.
  public let withdrawnAt: Date?
  /// Who wrote that down.
  public let withdrawnByID: PersonID?

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, kind, source
    case givenAt = "given_at"
    case byID = "by_id"
    case withdrawnAt = "withdrawn_at"
    case withdrawnByID = "withdrawn_by_id"
  }
}

/// How a consent was given.
public struct ConsentDraft: Codable, Sendable, Hashable {
  /// When; now unless it is said.
  public let givenAt: Date?
  /// Where.
  public let source: String

  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case source
    case givenAt = "given_at"
  }

  func validate(now: Date) throws {
    var check = FieldCheck()
    check.line("/source", source, upTo: 100)
    // A minute for clocks that differ.
    if let givenAt, givenAt > now + 60 || givenAt < Date(timeIntervalSince1970: 0) {
      check.add("/given_at", .outOfRange, limit: "1970–\(now.formatted(.iso8601))")
    }
    try check.finish()
  }
}

/// What the members of a brand agreed to.
public struct ConsentStore: Sendable {
  private let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// All that a member ever agreed to, the latest first.
  public func consents(of member: ID<Member>) async throws -> [Consent] {
    try await session.query(
      """
      select id, kind, given_at, source, by_id, withdrawn_at, withdrawn_by_id from consents
      where member_id = \(member) order by given_at desc, id desc
      """
    ).map(Consent.init)
  }

  /// Notes a consent. One that stands already stays as it is.
  public func give(
    _ kind: Consent.Kind, of member: ID<Member>, _ draft: ConsentDraft, by person: PersonID? = nil
  ) async throws -> Consent {
    try draft.validate(now: .now)
    do {
      try await session.query(
        """
        insert into consents (id, member_id, kind, given_at, source, by_id)
        values (\(ID<Consent>()), \(member), \(kind.rawValue), coalesce(\(draft.givenAt), now()), \(draft.source),
          \(person))
        on conflict (member_id, kind) where withdrawn_at is null do nothing
        """)
    } catch let error as PostgresError where error.isForeignKeyViolation {
      throw NotFound()
    }
    let rows = try await session.query(
      """
      select id, kind, given_at, source, by_id, withdrawn_at, withdrawn_by_id from consents
      where member_id = \(member) and kind = \(kind.rawValue) and withdrawn_at is null
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Consent(row)
  }

  /// Notes that a consent was taken back. Throws `NotFound` when none stands.
  public func withdraw(_ kind: Consent.Kind, of member: ID<Member>, by person: PersonID? = nil) async throws {
    let updated = try await session.query(
      """
      update consents set withdrawn_at = greatest(now(), given_at), withdrawn_by_id = \(person)
      where member_id = \(member) and kind = \(kind.rawValue) and withdrawn_at is null
      """)
    guard updated.affected == 1 else { throw NotFound() }
  }
}

extension Consent {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    kind = try row.state("kind")
    givenAt = try row.value("given_at")
    source = try row.value("source")
    byID = try row.value("by_id")
    withdrawnAt = try row.value("withdrawn_at")
    withdrawnByID = try row.value("withdrawn_by_id")
  }
}
