public import Channels
import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The content library of a brand.
public struct ContentStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// One piece in its newest version. Throws `NotFound`.
  public func content(_ id: ID<Content>) async throws -> Content {
    let rows = try await session.query(
      """
      select c.id, c.title, c.kind, c.weight, v.body, c.version, c.created_at
      from contents c join content_versions v on v.content_id = c.id and v.version = c.version where c.id = \(id)
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Content(row)
  }

  /// The pieces by age.
  public func page(_ request: PageRequest) async throws -> Page<Content> {
    let rows = try await session.query(
      """
      select c.id, c.title, c.kind, c.weight, v.body, c.version, c.created_at
      from contents c join content_versions v on v.content_id = c.id and v.version = c.version
      where c.id > \(request.place) order by c.id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Content.init))
  }

  /// Adds a piece that every one of the given channels' platforms would take.
  public func create(_ draft: ContentDraft, fitFor adapters: [any ChannelAdapter]) async throws -> ID<Content> {
    try await check(draft, adapters)
    let id = ID<Content>()
    try await session.query(
      """
      with added as (
        insert into contents (id, title, kind, weight)
        values (\(id), \(draft.title), \(draft.kind.rawValue), \(draft.weight.rawValue)) returning id, version
      )
      insert into content_versions (content_id, version, body) select id, version, \(JSON(encoding: draft.body)) from added
      """)
    return id
  }

  /// Adds a version of a piece if the given one is still the newest. Plans that were approved go on with the version
  /// that their approval binds.
  public func update(
    _ id: ID<Content>, _ draft: ContentDraft, ifVersion version: Int?, fitFor adapters: [any ChannelAdapter]
  ) async throws {
    try await check(draft, adapters)
    let before = try await content(id)
    guard before.kind == draft.kind else { throw InvalidInput("/kind", .readOnly) }
    let added = try await session.query(
      """
      with updated as (
        update contents set title = \(draft.title), weight = \(draft.weight.rawValue), version = version + 1
        where id = \(id) and (\(version)::integer is null or version = \(version)) returning id, version
      )
      insert into content_versions (content_id, version, body) select id, version, \(JSON(encoding: draft.body)) from updated
      """)
    guard added.affected == 1 else { throw EditConflict(current: try await content(id).version) }
  }

  private func check(_ draft: ContentDraft, _ adapters: [any ChannelAdapter]) async throws {
    try draft.validate()
    let message = try await Rendering(session).message(of: draft.kind, draft.body)
    for adapter in adapters {
      if let problem = InvalidInput(adapter.problems(with: message), of: draft.kind) { throw problem }
    }
  }
}

extension Content {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    title = try row.value("title")
    kind = try row.state("kind")
    weight = try row.state("weight")
    body = try row.value("body", as: JSON.self).decode()
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}
