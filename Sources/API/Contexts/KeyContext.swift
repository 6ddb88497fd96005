import Hummingbird
import Tenancy
import Wording

/// A request whose key is good: it acts for an agency.
struct KeyContext: ChildRequestContext {
  var coreContext: CoreRequestContextStorage
  let language: Language
  let notes: RequestNotes
  let key: APIKeyRecord
  /// The brand of the path, once it is found to be the agency's.
  var brand: Brand?

  init(context: APIContext) throws {
    guard let key = context.key else { throw Problem(.unauthenticated) }
    coreContext = context.coreContext
    language = context.language
    notes = context.notes
    self.key = key
  }
}
