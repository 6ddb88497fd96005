import Hummingbird
import Logging
import NIOCore

/// A request's surroundings, with the connection at hand so that it can be cut.
struct SandboxContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// Closes the connection without an answer.
  ///
  /// The response that a handler returns after this cannot be written any more; Hummingbird drops it.
  func cut() async -> Response {
    try? await channel.close(mode: .all).get()
    return Response(status: .noContent)
  }
}
