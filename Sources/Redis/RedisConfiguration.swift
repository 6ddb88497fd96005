/// Where the server is, who we are there, and how long anything may take.
public struct RedisConfiguration: Sendable {
  /// Where the server listens.
  public enum Endpoint: Sendable, Hashable {
    /// A host name or numeric address.
    case tcp(host: String, port: Int)
    /// A socket in the file system.
    case unix(path: String)
  }

  /// Where the server listens.
  public var endpoint: Endpoint
  /// The user to log in as; nil is the server's default user.
  public var user: String?
  /// The password; nil means that none is sent.
  public var password: String?
  /// The number of the database.
  public var database = 0
  /// What the connections are called in the server's CLIENT LIST.
  public var clientName: String?
  /// Limit of connecting and logging in, for one attempt.
  public var connectTimeout: Duration = .seconds(3)
  /// Limit from sending a command to its answer. A connection on which it passes is closed.
  public var commandTimeout: Duration = .seconds(5)
  /// How long a call may wait for a connection while there is none.
  public var waitLimit: Duration = .seconds(5)
  /// How many calls may wait for a connection; more fail at once.
  public var maximumWaiting = 100_000
  /// The shortest and longest pause between attempts to reconnect; it doubles from one to the other, with jitter.
  public var reconnectPause: ClosedRange<Duration> = .milliseconds(20) ... .seconds(2)
  /// How many blocking pops may wait at the same time, each on a connection of its own.
  public var maximumBlockingConnections = 16
  /// How often an idle subscription asks the server whether it is still there.
  public var subscriptionProbe: Duration = .seconds(10)

  /// A server without a password and with the usual limits.
  public init(endpoint: Endpoint) {
    self.endpoint = endpoint
  }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The endpoint and database; never the password.
  public var description: String {
    switch endpoint {
    case .tcp(let host, let port): "redis://\(host):\(port)/\(database)"
    case .unix(let path): "unix://\(path)?db=\(database)"
    }
  }

  /// The same as `description`.
  public var debugDescription: String { description }

  /// Keeps the password out of `dump` and of reflecting loggers.
  public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
