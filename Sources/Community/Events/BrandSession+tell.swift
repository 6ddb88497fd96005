import Identifiers
import JobQueue
import Postgres
public import Tenancy

/// Events are written by the transaction of what happened, so that they are there exactly if that is.
///
/// Where no webhook wants them, nothing is written: the statement looks at a table of few rows and ends.
extension BrandTransaction {
  /// Writes the events that `rows` (type, data) come to, with a delivery for each webhook that wants them.
  ///
  /// - Parameter changing: a data-modifying statement whose returned rows are called `changed`, to be run in the same
  ///   round trip.
  func tell(_ rows: SQL, changing: SQL? = nil) async throws {
    try await enqueueSends(to: query(Self.telling(rows, changing: changing)))
  }

  /// Runs statements, then tells what they came to, in one round trip.
  @discardableResult
  func query(_ statements: [SQL], telling rows: SQL) async throws -> [PostgresResult] {
    var results = try await query(statements + [Self.telling(rows, changing: nil)])
    if let webhooks = results.popLast() { try await enqueueSends(to: webhooks) }
    return results
  }

  private static func telling(_ rows: SQL, changing: SQL?) -> SQL {
    let changed: SQL = changing.map { "changed as (\($0))," } ?? ""
    // The condition that names no row comes first: without webhooks the rows are not even looked for.
    return """
      with \(changed) happened as materialized (
        select \(SQL.newID) as id, r.type, r.data from (\(rows)) as r (type, data)
        where exists (select from webhooks where state = 'active')
          and exists (select from webhooks w where w.state = 'active' and r.type = any(w.types))
      ), written as (
        insert into events (id, type, data) select id, type, data from happened
      ), told as (
        insert into webhook_deliveries (id, webhook_id, event_id)
        select \(SQL.newID), w.id, h.id from happened h
        join webhooks w on w.state = 'active' and h.type = any(w.types)
        returning webhook_id
      )
      select distinct webhook_id from told
      """
  }

  private func enqueueSends(to webhooks: PostgresResult) async throws {
    let ids = try webhooks.map { try $0.value("webhook_id", as: ID<Webhook>.self) }
    try await enqueueSends(to: ids)
  }

  /// Runs without a key: one that still goes on may have looked for the last time. The index is not told of them: the
  /// sweep brings them within seconds, and what told the event has no hand on the index.
  func enqueueSends(to webhooks: [ID<Webhook>]) async throws {
    let runs = try webhooks.map { try NewRun(SendWebhook(webhook: $0)) }
    _ = try await RunStore.enqueue(runs, of: ID<Tenant>(brand.id.uuid), in: self)
  }
}

extension BrandSession {
  /// Tells what happened. A session that only reads has nothing to tell.
  public func tell(_ happenings: Happening...) async throws {
    try await tell(happenings)
  }

  /// Tells what happened.
  public func tell(_ happenings: [Happening]) async throws {
    guard let transaction = self as? BrandTransaction, !happenings.isEmpty else { return }
    try await transaction.tell(
      """
      select type, data::jsonb from unnest(\(happenings.map(\.type.rawValue)), \(happenings.map(\.data))) as h (type, data)
      """)
  }
}

extension SQL {
  /// A new id of version 7, as `ID()` makes them, for rows that only the database knows.
  static var newID: SQL {
    """
    encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
      placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
    """
  }
}
