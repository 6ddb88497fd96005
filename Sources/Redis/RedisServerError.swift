/// An error that the server itself answered with.
public struct RedisServerError: Error, Sendable, Hashable {
  /// The first word of a Redis error, which programs may rely on.
  public struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    /// The word as the server wrote it.
    public let rawValue: String

    /// A code by its word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A code by its word.
    public init(stringLiteral value: String) { rawValue = value }

    /// Anything without a code of its own: unknown command, wrong number of arguments, a script's failure.
    public static let general: Code = "ERR"
    /// The key holds another type.
    public static let wrongType: Code = "WRONGTYPE"
    /// The script is not in the server's cache.
    public static let noScript: Code = "NOSCRIPT"
    /// The memory limit is reached and the command would take more.
    public static let outOfMemory: Code = "OOM"
    /// The server is a replica, or may not write to its disk.
    public static let readOnly: Code = "READONLY"
    /// The server is still reading its data.
    public static let loading: Code = "LOADING"
    /// A script or function has been running for too long.
    public static let busy: Code = "BUSY"
    /// A replica that lost its master and may not answer.
    public static let masterDown: Code = "MASTERDOWN"
    /// Writes are stopped because the last snapshot failed.
    public static let misconfigured: Code = "MISCONF"
    /// Too few replicas are connected.
    public static let noReplicas: Code = "NOREPLICAS"
    /// The transaction was dropped because one of its commands could not be queued.
    public static let executionAborted: Code = "EXECABORT"
    /// A password is needed.
    public static let noAuthentication: Code = "NOAUTH"
    /// The user or password is wrong.
    public static let wrongPassword: Code = "WRONGPASS"
    /// The user may not do this.
    public static let noPermission: Code = "NOPERM"
  }

  /// What kind of error it is.
  public let code: Code
  /// The server's whole text, code included.
  public let message: String

  /// Reads the code off the text; a text that does not begin with an upper-case word counts as `ERR`.
  public init(message: String) {
    let word = message.prefix { $0 != " " }
    let isCode = !word.isEmpty && word.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
    code = isCode ? Code(rawValue: String(word)) : .general
    self.message = message
  }
}

extension RedisServerError: CustomStringConvertible {
  /// The server's text.
  public var description: String { message }
}
