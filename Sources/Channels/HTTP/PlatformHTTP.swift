import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The outgoing HTTP of all adapters: pooled connections, one attempt per call, no redirects, no log.
///
/// One value serves a whole process. `shutdown` must be called once before it is released.
public final class PlatformHTTP: Sendable, CustomReflectable {
  /// A mirror without children: behind them are the requests under way, with their URLs.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// The limits of outgoing calls.
  public struct Settings: Sendable {
    /// The longest time for connection and TLS handshake.
    public var connectTimeout: Duration = .seconds(5)
    /// How long an unused connection is kept. Shorter than the platforms keep theirs, because a request that meets a
    /// connection while the other side closes it ends as unknown.
    public var idleTimeout: Duration = .seconds(4)
    /// Connections to one host at the same time; further calls wait for one, within their own limits.
    public var connectionsPerHost = 64
    /// The longest answer in bytes that is read; a longer one counts as unreadable.
    public var answerLimit = 65_536

    /// The default limits.
    public init() {}
  }

  private let client: HTTPClient
  private let gates = FirstByteGates()
  private let answerLimit: Int

  /// Starts a client; no connection is made until a call needs one.
  public init(settings: Settings = Settings()) {
    answerLimit = settings.answerLimit
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(settings.connectTimeout)),
      connectionPool: .init(idleTimeout: TimeAmount(settings.idleTimeout)),
      decompression: .disabled)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.connectionsPerHost
    // Trying again is the ledger's decision, also for connections.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    // A span would carry the URL, and with it the key, to wherever traces go.
    configuration.tracing.tracer = nil
    let gates = gates
    configuration.http1_1ConnectionDebugInitializer = { FirstByteGateHandler.install(in: $0, gates: gates) }
    // One loop for all connections. With several, the client passes the end of a request between threads, and a server
    // that answers and closes in that moment makes it release a connection that it has forgotten, which it traps.
    client = HTTPClient(
      eventLoopGroupProvider: .shared(HTTPClient.defaultEventLoopGroup.any()), configuration: configuration)
  }

  /// Closes all connections; calls under way end without an answer.
  public func shutdown() async throws {
    try await client.shutdown()
  }

  /// Posts once.
  /// - Parameters:
  ///   - firstByteBy: no byte of the request leaves after this moment.
  ///   - timeout: from now until the whole answer is there.
  func post(
    to url: String, headers: HTTPHeaders, body: ByteBuffer, firstByteBy: ContinuousClock.Instant, timeout: Duration
  ) async -> HTTPExchange {
    let gate = FirstByteGate(closesAt: firstByteBy)
    let number = gates.add(gate)
    defer { gates.remove(number) }
    var headers = headers
    headers.add(name: FirstByteGateHandler.header, value: String(number))
    let remaining = firstByteBy - .now
    guard remaining > .zero else { return .neverLeft(.tooLate, "the time for the first byte had passed") }
    do {
      let request = try HTTPClient.Request(url: url, method: .POST, headers: headers, body: .byteBuffer(body))
      let task = client.execute(
        request: request, delegate: AnswerCollector(limit: answerLimit, gate: gate),
        deadline: .now() + TimeAmount(timeout))
      let alarm = task.eventLoop.scheduleTask(in: TimeAmount(remaining)) {
        if gate.shut() { task.fail(reason: FirstByteRefused()) }
      }
      defer { alarm.cancel() }
      return try await withTaskCancellationHandler {
        .answered(try await task.get())
      } onCancel: {
        if gate.shut() { task.fail(reason: CancellationError()) }
      }
    } catch {
      return gate.shut() ? .neverLeft(beforeSending: error, gate: gate) : .mayHaveLeft(afterSending: error)
    }
  }
}
