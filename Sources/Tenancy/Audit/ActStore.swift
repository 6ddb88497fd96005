public import Foundation
public import Identifiers
public import Postgres

/// The audit of an agency: acts on people, keys, brands and the agency itself. A brand's own data has its audit beside it.
public struct ActStore: Sendable {
  private let session: any PostgresSession

  /// Works in the given session of the control database.
  public init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes an act down, in the transaction that does it. Acts of one agency wait for each other until they are committed.
  public func note(_ act: Act, by actor: Actor, in agency: ID<Agency>) async throws {
    try await session.query(
      """
      insert into control.acts (agency_id, id, actor, act, subject, brand_id, before, after)
      values (\(agency), \(ID<Act>()), \(try JSON(encoding: actor)), \(act.name), \(try JSON(encoding: act.subject)),
        \(act.brand), \(act.before), \(act.after))
      """)
  }

  /// The latest acts, the newest first.
  ///
  /// - Parameters:
  ///   - brand: those that concern this brand; nil for all of the agency.
  ///   - number: older than this one.
  public func acts(
    of agency: ID<Agency>, brand: ID<Brand>? = nil, actor: UUID? = nil, name: String? = nil,
    before number: Int? = nil,
    limit: Int
  ) async throws -> [ActRecord] {
    try await session.query(
      """
      select number, at, actor, act, subject, brand_id, before, after from control.acts
      where agency_id = \(agency) and (\(brand)::uuid is null or brand_id = \(brand))
        and (\(number)::bigint is null or number < \(number))
        and (\(actor)::uuid is null or (actor ->> 'id')::uuid = \(actor)) and (\(name)::text is null or act = \(name))
      order by number desc limit \(limit)
      """
    ).map(ActRecord.init)
  }
}

extension ActRecord {
  init(_ row: PostgresRow) throws {
    number = try row.value("number")
    at = try row.value("at")
    actor = try row.value("actor", as: JSON.self).decode()
    name = try row.value("act")
    subject = try row.value("subject", as: JSON.self).decode()
    brand = try row.value("brand_id")
    before = try row.value("before")
    after = try row.value("after")
  }
}
