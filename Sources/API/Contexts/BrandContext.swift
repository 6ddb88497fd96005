import Community
import Hummingbird
import Identifiers
import Tenancy
import Wording

/// A request about a brand that its caller sees.
struct BrandContext: ChildRequestContext {
  var coreContext: CoreRequestContextStorage
  let language: Language
  let caller: Caller
  /// How the audit names the caller.
  let actor: Actor
  let brand: Brand

  init(context: CallerContext) throws {
    guard let brand = context.brand else { throw NotFound() }
    coreContext = context.coreContext
    language = context.language
    caller = context.caller
    actor = context.actor
    self.brand = brand
  }

  /// Whether the caller holds the permission in this brand. What a route needs as a whole was looked at before it.
  func holds(_ permission: Permission) -> Bool {
    caller.permissions(in: brand.id).contains(permission)
  }

  /// The id in the path. What is no id is not there either.
  func id<Subject>(_ name: String, of subject: Subject.Type = Subject.self) throws -> ID<Subject> {
    guard let text = parameters.get(name), let id = ID<Subject>(text) else { throw NotFound() }
    return id
  }
}
