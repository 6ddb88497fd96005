import Hummingbird
import Identifiers
import Community
import Tenancy
import Wording

/// A request about a brand that belongs to the key's agency.
struct BrandContext: ChildRequestContext {
  var coreContext: CoreRequestContextStorage
  let language: Language
  let key: APIKeyRecord
  let brand: Brand

  init(context: KeyContext) throws {
    guard let brand = context.brand else { throw NotFound() }
    coreContext = context.coreContext
    language = context.language
    key = context.key
    self.brand = brand
  }

  /// The id in the path. What is no id is not there either.
  func id<Subject>(_ name: String, of subject: Subject.Type = Subject.self) throws -> ID<Subject> {
    guard let text = parameters.get(name), let id = ID<Subject>(text) else { throw NotFound() }
    return id
  }
}
