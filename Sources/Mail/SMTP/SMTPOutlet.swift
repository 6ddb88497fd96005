import OwnThreads

/// Sends messages through a mail server.
///
/// The library waits for the server, so each message has a thread of its own while it leaves, and few leave at once.
public struct SMTPOutlet: MailOutlet {
  /// How long to wait, and how much at once.
  public struct Limits: Sendable {
    /// Until the server has been reached.
    public var connect: Duration = .seconds(10)
    /// Until the server has taken the message. A server that has fallen silent is waited for once more as long, for it to
    /// say goodbye.
    public var total: Duration = .seconds(30)
    /// The most messages that leave at once.
    public var connections = 4
    /// The most messages that wait.
    public var waiting = 1_000
    /// The largest message, in bytes.
    public var bytes = largestMessage

    /// The limits as they are unless set.
    public init() {}
  }

  private let server: SMTPServer
  private let limits: Limits
  private let threads: OwnThreads

  /// An outlet to a server.
  public init(_ server: SMTPServer, limits: Limits = Limits()) {
    self.server = server
    self.limits = limits
    threads = OwnThreads(name: "mail", limit: limits.connections, waiting: limits.waiting)
  }

  /// Sends a message. One recipient whom the server refuses keeps it from all: nobody gets it twice.
  public func send(_ message: MailMessage) async throws {
    let bytes = Array(try message.encoded(.forServers, limit: limits.bytes))
    try await threads.send { [server, limits] in
      let transfer = try CurlTransfer(server, limits)
      try transfer.send(bytes, from: message.from.address, to: message.to.map(\.address))
    }
  }

  /// Reaches the server, with its encryption and our login, and sends nothing.
  public func check() async throws {
    try await threads.send { [server, limits] in try CurlTransfer(server, limits).greet() }
  }
}
