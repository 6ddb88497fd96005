import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Requests to addresses that somebody outside has given: to machines of the open Internet only.
///
/// The host is looked up once, each of its addresses is looked at, and the connection goes to one that was looked at:
/// a name that means another machine a moment later leads nowhere else. Redirects are not followed.
public struct PublicHTTP: Sendable {
  /// The limits.
  public struct Settings: Sendable {
    /// Takes the machine itself for a public one, also without TLS; for tests and for the sandbox.
    public var allowsLoopback = false
    /// The longest time for connection and TLS handshake.
    public var connectTimeout: Duration = .seconds(5)
    /// From the start to the end of the answer.
    public var timeout: Duration = .seconds(15)
    /// The most bytes of an answer that are read.
    public var answerLimit = 65_536
    /// The most bytes of an answer that are kept.
    public var excerptLength = 500

    /// The defaults.
    public init() {}
  }

  let settings: Settings
  let lookup: HostLookup

  /// Whether the machine itself may be asked.
  public var allowsLoopback: Bool { settings.allowsLoopback }

  /// Requests within these limits.
  public init(settings: Settings = Settings(), lookup: HostLookup = .system()) {
    self.settings = settings
    self.lookup = lookup
  }

  /// Lends a connection to one address for some requests, and closes it however that ends.
  public func lend<Result>(to url: PublicURL, _ work: (PublicConnection) async throws -> Result) async throws -> Result
  {
    let connection = PublicConnection(to: url, self)
    do {
      let result = try await work(connection)
      await connection.close()
      return result
    } catch {
      await connection.close()
      throw error
    }
  }

  /// The addresses of a host, if all of them may be asked: one bad address among good ones is reason enough for doubt.
  func checkedAddresses(of url: PublicURL) async -> Result<[IPAddress], PublicRefusal> {
    let addresses: [IPAddress]
    do {
      addresses = try await lookup.addresses(url.host)
    } catch {
      return .failure(PublicRefusal(fault: .unknownHost, text: "\(error)"))
    }
    guard !addresses.isEmpty else { return .failure(PublicRefusal(fault: .unknownHost, text: "no address")) }
    let isLocal = settings.allowsLoopback && addresses.allSatisfy(\.isLoopback)
    guard isLocal || (url.isSecure && addresses.allSatisfy(\.isPublic)) else {
      return .failure(PublicRefusal(fault: .forbiddenAddress, text: "the host is not on the open Internet"))
    }
    return .success(addresses)
  }
}

/// Why nothing may be sent.
struct PublicRefusal: Error, Sendable {
  let fault: PublicFault
  let text: String
}

/// The way to one address. Several requests may go over it at a time.
public actor PublicConnection {
  private let url: PublicURL
  private let http: PublicHTTP
  private var looking: Task<Result<[IPAddress], PublicRefusal>, Never>?
  private var clients: [IPAddress: HTTPClient] = [:]

  /// More addresses of one host than these are not tried.
  private static let triedAddresses = 3

  init(to url: PublicURL, _ http: PublicHTTP) {
    self.url = url
    self.http = http
  }

  func close() async {
    for client in clients.values { try? await client.shutdown() }
    clients = [:]
  }

  /// Posts once.
  public func post(headers: [(String, String)], body: [UInt8]) async -> PublicExchange {
    let task = looking ?? Task { [http, url] in await http.checkedAddresses(of: url) }
    looking = task
    let end = NIODeadline.now() + TimeAmount(http.settings.timeout)
    switch await task.value {
    case .failure(let refusal): return .unanswered(refusal.fault, refusal.text)
    case .success(let addresses):
      var last = PublicExchange.unanswered(.unreachable, "no address")
      for address in addresses.prefix(Self.triedAddresses) {
        last = await post(headers: HTTPHeaders(headers), body: body, at: address, until: end)
        guard case .unanswered(.unreachable, _) = last, NIODeadline.now() < end else { return last }
      }
      return last
    }
  }

  private func post(
    headers: HTTPHeaders, body: [UInt8], at address: IPAddress, until end: NIODeadline
  ) async -> PublicExchange {
    let collector = ExcerptCollector(limit: http.settings.answerLimit, keeping: http.settings.excerptLength)
    do {
      let request = try HTTPClient.Request(
        url: url.description, method: .POST, headers: headers, body: .byteBuffer(ByteBuffer(bytes: body)))
      // The client must read the host as it was looked up, or it would look up another.
      guard request.host == url.host else { return .unanswered(.forbiddenAddress, "the host is written unusually") }
      try await client(at: address).execute(request: request, delegate: collector, deadline: end).get()
    } catch {
      if collector.answer == nil {
        return .unanswered(collector.hasSent ? .noAnswer : .unreachable, Self.text(of: error))
      }
    }
    return collector.answer.map { .answered($0) } ?? .unanswered(.noAnswer, "no answer")
  }

  /// A client that knows the host at this one address only.
  private func client(at address: IPAddress) -> HTTPClient {
    if let client = clients[address] { return client }
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(http.settings.connectTimeout)),
      connectionPool: .init(idleTimeout: .seconds(4)), decompression: .disabled)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    configuration.dnsOverride = [url.host: address.description]
    // A span would carry the address, which may hold what only its owner should know.
    configuration.tracing.tracer = nil
    // One loop for each client, as for those of the platforms.
    let client = HTTPClient(
      eventLoopGroupProvider: .shared(HTTPClient.defaultEventLoopGroup.any()), configuration: configuration)
    clients[address] = client
    return client
  }

  private static func text(of error: any Error) -> String {
    String(String(describing: error).prefix(300))
  }
}
