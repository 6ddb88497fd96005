import Community
import Hummingbird
import Identifiers
import Tenancy

/// Finds the brand of the path among those of the key's agency. Another agency's brand is not found either, by the same
/// statement and with the same answer.
struct BrandResolution: RouterMiddleware {
  typealias Context = KeyContext

  let tenancy: Tenancy

  func handle(
    _ request: Request, context: KeyContext, next: (Request, KeyContext) async throws -> Response
  ) async throws -> Response {
    guard let name = context.parameters.get("brand"), Slug(name) != nil || ID<Brand>(name) != nil else {
      throw NotFound()
    }
    var context = context
    context.brand = try await tenancy.brand(name, of: context.key.agency)
    return try await next(request, context)
  }
}
