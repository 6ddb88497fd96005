import Channels
import Crypto
public import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The bytes that a brand's pieces refer to. They never change once they are there.
public struct MediaStore: Sendable {
  /// The largest medium that any channel takes.
  public static let limit = 20 << 20

  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  /// Adds a medium. Its type is told by its first bytes where they are a picture's, else it is a file.
  public func create(name: String, bytes: Data) async throws -> ID<Media> {
    var check = FieldCheck()
    check.text("name", name, upTo: 200)
    if bytes.isEmpty { check.add("", .required) }
    if bytes.count > Self.limit { check.add("", .tooManyBytes, limit: "\(Self.limit)", actual: "\(bytes.count)") }
    try check.finish()
    let id = ID<Media>()
    let type = ImageFormat(bytes: bytes).map { "image/\($0.rawValue)" } ?? "application/octet-stream"
    try await session.query(
      """
      insert into media (id, name, type, bytes, sha256)
      values (\(id), \(name), \(type), \(bytes), \(Data(SHA256.hash(data: bytes))))
      """)
    return id
  }

  /// One medium without its bytes. Throws `NotFound`.
  public func media(_ id: ID<Media>) async throws -> Media {
    let rows = try await session.query(
      """
      select id, name, type, length(bytes) as size, encode(sha256, 'hex') as sha256, created_at
      from media where id = \(id)
      """)
    guard let row = rows.first else { throw NotFound() }
    return try Media(row)
  }

  /// The media by age.
  public func page(_ request: PageRequest) async throws -> Page<Media> {
    let rows = try await session.query(
      """
      select id, name, type, length(bytes) as size, encode(sha256, 'hex') as sha256, created_at from media
      where id > \(request.place) order by id limit \(request.fetch)
      """)
    return request.page(of: try rows.map(Media.init))
  }

  /// A medium's name and bytes. Throws `NotFound`.
  public func bytes(of id: ID<Media>) async throws -> (name: String, bytes: Data) {
    guard let row = try await session.query("select name, bytes from media where id = \(id)").first else {
      throw NotFound()
    }
    return try row.decode(String.self, Data.self)
  }
}

extension Media {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    name = try row.value("name")
    type = try row.value("type")
    size = try row.value("size")
    sha256 = try row.value("sha256")
    createdAt = try row.value("created_at")
  }
}
