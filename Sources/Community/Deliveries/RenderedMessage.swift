import Channels
import Crypto
import Foundation
import Identifiers
import Postgres
import Tenancy

/// What a touch sends, made of the version of its piece that was approved, and the hash by which the ledger remembers it.
struct RenderedMessage: Sendable {
  let message: OutgoingMessage
  let hash: Data

  init(of touch: ID<Touch>, in session: some BrandSession) async throws {
    let rows = try await session.query(
      """
      select c.kind, v.body from touches t
      join contents c on c.id = t.content_id
      join content_versions v on v.content_id = c.id and v.version = t.content_version
      where t.id = \(touch)
      """)
    guard let row = rows.first else { throw NotFound() }
    message = try await Rendering(session)
      .message(of: row.state("kind"), row.value("body", as: JSON.self).decode())
    hash = Data(SHA256.hash(data: message.bytes))
  }
}

extension OutgoingMessage {
  /// All that the reader sees, in a form that two different messages never share.
  fileprivate var bytes: Data {
    let parts: [Data] =
      switch self {
      case .text(let text, let mentions):
        [Data("text".utf8), Data(text.utf8), Data("\(mentions.everyone)".utf8)]
          + (mentions.userIDs + mentions.mobiles).map { Data($0.utf8) }
      case .markdown(let text): [Data("markdown".utf8), Data(text.utf8)]
      case .image(let bytes, _): [Data("image".utf8), Data(bytes)]
      case .file(let name, let bytes): [Data("file".utf8), Data(name.utf8), Data(bytes)]
      case .news(let articles):
        [Data("news".utf8)]
          + articles.flatMap { [$0.title, $0.description, $0.url, $0.pictureURL ?? ""].map { Data($0.utf8) } }
      }
    return parts.reduce(into: Data()) { all, part in
      all.append(Data("\(part.count):".utf8))
      all.append(part)
    }
  }
}
