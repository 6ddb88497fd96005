import Community
import Hummingbird
import Identifiers
import Tenancy

/// Finds the brand of the path among those that the caller sees. Another agency's brand, and one that is not the
/// caller's, are not found either, with the same answer.
struct BrandResolution: RouterMiddleware {
  typealias Context = CallerContext

  let tenancy: Tenancy

  func handle(
    _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
  ) async throws -> Response {
    guard let name = context.parameters.get("brand"), Slug(name) != nil || ID<Brand>(name) != nil else {
      throw NotFound()
    }
    let brand = try await tenancy.brand(name, of: context.caller.agency)
    guard context.caller.sees(brand.id) else { throw NotFound() }
    if brand.state == .archived, ![.get, .head].contains(request.method), !Self.isForArchived(context) {
      throw WrongState(state: brand.state.rawValue)
    }
    var context = context
    context.brand = brand
    return try await next(request, context)
  }

  /// What can be done with an archived brand: bring it back, or erase it.
  private static func isForArchived(_ context: CallerContext) -> Bool {
    let path = context.endpointPath ?? ""
    return path.hasSuffix("{brand}/state") || path.hasSuffix("{brand}/erasure")
  }
}
