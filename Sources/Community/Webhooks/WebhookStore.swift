public import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The webhooks of a brand, for those who set them up.
public struct WebhookStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  private static var shown: SQL {
    """
    select id, name, url, types, state, disabled_why, failures, failing_since, secret_made_at,
      case when old_secret_until > now() then old_secret_until end as old_secret_until, version, created_at
    from webhooks
    """
  }

  /// One webhook. Throws `NotFound`.
  public func webhook(_ id: ID<Webhook>) async throws -> Webhook {
    guard let row = try await session.query("\(Self.shown) where id = \(id)").first else { throw NotFound() }
    return try Webhook(row)
  }

  /// The webhooks by age.
  public func page(_ request: PageRequest) async throws -> Page<Webhook> {
    let rows = try await session.query(
      "\(Self.shown) where id > \(request.place) order by id limit \(request.fetch)")
    return request.page(of: try rows.map(Webhook.init))
  }

  /// Makes a webhook with a secret of its own. Throws `InvalidInput`.
  public func create(_ draft: WebhookDraft, key: BrandKey, allowsLoopback: Bool) async throws -> ID<Webhook> {
    try draft.validate(allowsLoopback: allowsLoopback)
    let id = ID<Webhook>()
    let sealed = try key.seal(WebhookSecret(), of: id, column: .current)
    let made = try await session.query(
      """
      insert into webhooks (id, name, url, types, sealed_secret)
      select \(id), \(draft.name), \(draft.url), \(draft.types), \(sealed)
      where (select count(*) from webhooks) < \(Webhook.most)
      """)
    guard made.affected == 1 else { throw InvalidInput("", .tooManyItems, limit: "\(Webhook.most)") }
    try await (session as? BrandTransaction)?.beginTending()
    return id
  }

  /// Replaces what can be edited if the webhook still stands at `version`. One that is made active again begins anew: what
  /// waits for it is tried at once.
  public func update(
    _ id: ID<Webhook>, _ edit: WebhookEdit, ifVersion version: Int?, allowsLoopback: Bool
  ) async throws {
    try edit.validate(allowsLoopback: allowsLoopback)
    let isActive = edit.state == .active
    let before = try await session.query("select state from webhooks where id = \(id) for update").first
    let wasDisabled = try before?.value("state", as: String.self) == Webhook.State.disabled.rawValue
    let updated = try await session.query(
      """
      update webhooks set name = \(edit.name), url = \(edit.url), types = \(edit.types), state = \(edit.state.rawValue),
        disabled_why = case when not \(isActive) then coalesce(disabled_why, 'person') end,
        failures = case when \(isActive && wasDisabled) then 0 else failures end,
        failing_since = case when \(isActive && wasDisabled) then null else failing_since end,
        rest_until = case when \(isActive && wasDisabled) or url <> \(edit.url) then null else rest_until end,
        version = version + 1
      where id = \(id) and (\(version)::integer is null or version = \(version))
      """)
    guard updated.affected == 1 else { throw EditConflict(current: try await webhook(id).version) }
    guard isActive, wasDisabled else { return }
    try await session.query(
      "update webhook_deliveries set next_at = now() where webhook_id = \(id) and state = 'ready'")
    try await (session as? BrandTransaction)?.enqueueSends(to: [id])
  }

  /// Takes a webhook away with all that was on its way to it. Throws `NotFound`.
  public func delete(_ id: ID<Webhook>) async throws {
    let deleted = try await session.query("delete from webhooks where id = \(id)")
    guard deleted.affected == 1 else { throw NotFound() }
  }
}

/// Secrets: shown when they are made, then only used.
extension WebhookStore {
  /// How long the secret before signs beside a new one.
  public static let secretOverlap = Duration.seconds(86_400)

  /// Gives a webhook another secret. The one before signs beside it for a day, so that receivers can change in their time.
  public func renewSecret(of id: ID<Webhook>, key: BrandKey) async throws {
    guard let row = try await session.query("select sealed_secret from webhooks where id = \(id) for update").first
    else { throw NotFound() }
    let old = try key.secret(row.value("sealed_secret"), of: id, column: .current)
    try await session.query(
      """
      update webhooks set sealed_secret = \(try key.seal(WebhookSecret(), of: id, column: .current)),
        secret_made_at = clock_timestamp(), sealed_old_secret = \(try key.seal(old, of: id, column: .old)),
        old_secret_until = clock_timestamp() + \(Self.secretOverlap / .seconds(1)) * interval '1 second',
        version = version + 1
      where id = \(id)
      """)
  }

  /// The secret, while it is still the one that was made at that instant: for whoever has just made it.
  public func secret(of id: ID<Webhook>, madeAt instant: Date, key: BrandKey) async throws -> WebhookSecret? {
    let row = try await session.query("select sealed_secret, secret_made_at from webhooks where id = \(id)").first
    guard let row, abs(try row.value("secret_made_at", as: Date.self).timeIntervalSince(instant)) < 0.001 else {
      return nil
    }
    return try key.secret(row.value("sealed_secret"), of: id, column: .current)
  }
}

/// Where a webhook's secrets stand.
enum WebhookSecretColumn: String {
  case current = "sealed_secret"
  case old = "sealed_old_secret"
}

extension BrandKey {
  func seal(_ secret: WebhookSecret, of id: ID<Webhook>, column: WebhookSecretColumn) throws -> Data {
    try seal(secret.reveal(), table: "webhooks", row: id.uuid, column: column.rawValue)
  }

  func secret(_ sealed: Data, of id: ID<Webhook>, column: WebhookSecretColumn) throws -> WebhookSecret {
    let text = try open(sealed, table: "webhooks", row: id.uuid, column: column.rawValue)
    guard let secret = WebhookSecret(text) else { throw SealingError.damaged }
    return secret
  }
}

extension Webhook {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    name = try row.value("name")
    url = try row.value("url")
    types = try row.value("types")
    state = try row.state("state")
    disabledWhy = try row.value("disabled_why", as: String?.self).flatMap(DisabledWhy.init)
    failures = try row.value("failures")
    failingSince = try row.value("failing_since")
    secretMadeAt = try row.value("secret_made_at")
    oldSecretUntil = try row.value("old_secret_until")
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}
