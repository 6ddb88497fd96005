import Community
import Foundation
import HTTPTypes
import Hummingbird
import Tenancy

/// Pictures and files that a brand's pieces refer to.
struct MediaRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("media")
      .get(use: list)
      .post(use: create)
      .get("{medium}", use: show)
      .get("{medium}/bytes", use: bytes)
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let page = try Query(request, allowing: Query.paging).page()
    return try Answer.page(try await MediaStore(api.reader(context)).page(page), of: request)
  }

  /// The body is the file itself; what it is, its first bytes tell.
  @Sendable func create(_ request: Request, _ context: BrandContext) async throws -> Answer {
    guard let name = try Query(request, allowing: ["name"]).text("name") else { throw InvalidInput("name", .required) }
    let body = try await request.bytes(upTo: api.limits.media)
    return try await api.once(try IdempotencyKey(request, body: body), context) { transaction in
      let media = MediaStore(transaction)
      let id = try await media.create(name: name, bytes: Data(body.readableBytesView))
      return try Answer.created(try await media.media(id), under: request.uri.path)
    }
  }

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await MediaStore(api.reader(context)).media(try context.id("medium")))
  }

  /// Never shown in place by a browser: the bytes are whatever somebody uploaded.
  @Sendable func bytes(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let store = MediaStore(api.reader(context, .long))
    let medium = try await store.media(try context.id("medium"))
    _ = try Query(request)
    let name = medium.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let headers: HTTPFields = [
      .contentType: medium.type, .contentDisposition: "attachment; filename*=UTF-8''\(name)",
      .xContentTypeOptions: "nosniff", .eTag: "\"\(medium.sha256)\"",
    ]
    if request.headers[.ifNoneMatch] == "\"\(medium.sha256)\"" { return Answer(status: .notModified, headers: headers) }
    return Answer(headers: headers, body: try await store.bytes(of: medium.id).bytes)
  }
}
