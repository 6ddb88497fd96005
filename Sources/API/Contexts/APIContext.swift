import HTTPTypes
public import Hummingbird
import NIOCore
import Tenancy
import Wording

/// What is known of a request before it is known whose it is.
public struct APIContext: RequestContext, RemoteAddressRequestContext {
  /// What Hummingbird needs.
  public var coreContext: CoreRequestContextStorage
  /// The other end of the connection; nil where there is none, as in tests.
  public let remoteAddress: SocketAddress?
  /// The language to answer in.
  var language = Language.chinese
  /// Names the request in the answer, in problems and in the log.
  var requestID = ""
  /// What was learnt on the way, for the log line.
  let notes = RequestNotes()
  /// Where the request comes from.
  var origin = Origin(address: "", userAgent: "")
  /// Whom the request acts for, once that is proven.
  var caller: Caller?
  /// The session that it came with, which may still lack a code or an agency.
  var session: SessionRecord?

  /// A context for a request that has just arrived.
  public init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    remoteAddress = source.channel.remoteAddress
  }
}
