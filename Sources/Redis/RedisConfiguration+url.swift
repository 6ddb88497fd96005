import FoundationEssentials

/// What is wrong with a Redis URL, and how to mend it. Never quotes the URL: it may hold a password.
public struct RedisURLError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One sentence that names the part and the remedy.
  public let description: String
}

extension RedisConfiguration {
  /// Reads `redis://[user:password@]host[:port][/database]` or `unix://[user:password@]/path/of.sock[?db=n]`.
  ///
  /// Special characters in user and password are percent-encoded. `name=` in the query sets the client's name.
  public static func parse(url: String) throws(RedisURLError) -> RedisConfiguration {
    guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased() else {
      throw RedisURLError(
        description: "the Redis URL cannot be read: write redis://host:port/db or unix:///path?db=n, "
          + "and percent-encode special characters in the password")
    }
    var configuration = RedisConfiguration(endpoint: try endpoint(of: parts, scheme: scheme))
    configuration.user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
    configuration.password = parts.password
    if configuration.user != nil, configuration.password == nil {
      throw RedisURLError(description: "the Redis URL has a user but no password: write user:password@ or :password@")
    }
    if scheme == "redis" { configuration.database = try database(parts.path.dropFirst()) }
    for item in parts.queryItems ?? [] {
      switch item.name {
      case "db": configuration.database = try database(Substring(item.value ?? ""))
      case "name": configuration.clientName = item.value
      default:
        throw RedisURLError(description: "the Redis URL has an unknown parameter '\(item.name)': db and name are known")
      }
    }
    return configuration
  }

  private static func endpoint(of parts: URLComponents, scheme: String) throws(RedisURLError) -> Endpoint {
    switch scheme {
    case "redis":
      let host = parts.host.map { $0.hasPrefix("[") ? String($0.dropFirst().dropLast()) : $0 } ?? ""
      guard !host.isEmpty else {
        throw RedisURLError(description: "the Redis URL has no host: write redis://host:port/db")
      }
      let port = parts.port ?? 6379
      guard (1...65535).contains(port) else {
        throw RedisURLError(description: "the port of the Redis URL is not within 1 to 65535")
      }
      return .tcp(host: host, port: port)
    case "unix":
      guard parts.host.map(\.isEmpty) ?? true, parts.path.count > 1 else {
        throw RedisURLError(description: "the Redis URL names no socket: write unix:///path?db=n (three slashes)")
      }
      guard parts.path.utf8.count <= Self.longestSocketPath else {
        throw RedisURLError(
          description: "the socket's path in the Redis URL is too long: \(Self.longestSocketPath) bytes are the most")
      }
      return .unix(path: parts.path)
    case "rediss":
      throw RedisURLError(
        description: "rediss:// (TLS) is not supported, since hiredis 0.14 has none: "
          + "use unix://, or redis:// to a TLS tunnel (stunnel, a sidecar) on this machine")
    default:
      throw RedisURLError(description: "the Redis URL begins with '\(scheme)://': only redis:// and unix:// are known")
    }
  }

  /// What fits into the kernel's address with its closing zero; hiredis would cut a longer path silently.
  static let longestSocketPath = 106

  private static func database(_ text: Substring) throws(RedisURLError) -> Int {
    if text.isEmpty { return 0 }
    guard let number = Int(text), number >= 0 else {
      throw RedisURLError(description: "the database of the Redis URL is not a number from 0 up")
    }
    return number
  }
}
