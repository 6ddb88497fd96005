import Community
import Hummingbird
import Identifiers
import Tenancy
import Wording

/// A request of whom it is known whom it acts for.
struct CallerContext: ChildRequestContext {
  var coreContext: CoreRequestContextStorage
  let language: Language
  let notes: RequestNotes
  let caller: Caller
  /// How the audit names the caller.
  let actor: Actor
  /// The brand of the path, once it is found to be one that the caller sees.
  var brand: Brand?

  init(context: APIContext) throws {
    guard let caller = context.caller else { throw Problem(.unauthenticated) }
    coreContext = context.coreContext
    language = context.language
    notes = context.notes
    self.caller = caller
    actor = caller.actor(address: context.origin.address, request: context.requestID)
  }

  /// The id in the path. What is no id is not there either.
  func id<Subject>(_ name: String, of subject: Subject.Type = Subject.self) throws -> ID<Subject> {
    guard let text = parameters.get(name), let id = ID<Subject>(text) else { throw NotFound() }
    return id
  }
}
