public import Hummingbird
import HTTPTypes
import Tenancy
import Wording

/// What is known of a request before it is known whose it is.
public struct APIContext: RequestContext {
  /// What Hummingbird needs.
  public var coreContext: CoreRequestContextStorage
  /// The language to answer in.
  var language = Language.chinese
  /// Names the request in the answer, in problems and in the log.
  var requestID = ""
  /// What was learnt on the way, for the log line.
  let notes = RequestNotes()
  /// Whom the request acts for, once that is proven.
  var key: APIKeyRecord?

  /// A context for a request that has just arrived.
  public init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
  }
}
