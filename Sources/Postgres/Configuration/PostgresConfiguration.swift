/// How to reach a database and how to use it.
public struct PostgresConfiguration: Sendable {
  /// What stands between the driver and the server.
  public enum Profile: Sendable, Hashable {
    /// The server itself: prepared statements, pipelines, session settings, LISTEN.
    case direct
    /// A transaction pooler such as PgBouncer, whose server connections change hands after every transaction: unnamed
    /// statements only, one unit of work at a time per connection, settings inside transactions, no LISTEN.
    case pooler
  }

  /// What stands between the driver and the server.
  public var profile: Profile
  /// How many connections there may be, and how long to wait for one.
  public var limits = PoolLimits()
  /// Limits that the server keeps for every statement.
  public var timeouts = StatementTimeouts()
  /// How long making a connection may take; `connect_timeout` of the connection string has precedence.
  public var connectTimeout: Duration = .seconds(10)
  /// How long a request to cancel a statement may take before the connection is given up.
  public var cancelTimeout: Duration = .seconds(10)
  /// How many prepared statements a connection keeps.
  public var statementCacheLimit = 256
  /// What the pool is called in metrics and logs.
  public var name = "postgres"

  var parameters: ConnectionParameters

  /// From a libpq connection string, of either form, with everything that libpq knows (TLS, several hosts, service files).
  ///
  /// - Throws: `PostgresError.configuration` if libpq cannot parse it. The error does not quote the string.
  public init(_ connectionString: String, profile: Profile = .direct) throws(PostgresError) {
    parameters = try ConnectionParameters(connectionString)
    self.profile = profile
    guard profile == .direct || parameters["options"] == nil else {
      throw .configuration("a connection string for a pooler must not have `options`: the pooler refuses them")
    }
  }

  /// The role to connect as, in place of the connection string's.
  public var user: String? {
    get { parameters.effective("user") }
    set { parameters["user"] = newValue }
  }

  /// The password, in place of the connection string's or the password file's.
  public var password: String? {
    get { parameters["password"] }
    set { parameters["password"] = newValue }
  }

  /// The database, in place of the connection string's.
  public var database: String? {
    get { parameters.effective("dbname") }
    set { parameters["dbname"] = newValue }
  }

  /// What `pg_stat_activity` shows unless the connection string has an `application_name`.
  public var applicationName: String? {
    get { parameters["application_name"] ?? parameters["fallback_application_name"] }
    set { parameters["fallback_application_name"] = newValue }
  }
}

extension PostgresConfiguration: CustomStringConvertible {
  /// Where it leads and as whom; never the password.
  public var description: String { "\(parameters)" }
}

extension PostgresConfiguration {
  /// What libpq is given to connect with.
  var connectParameters: ConnectionParameters {
    var parameters = parameters
    // The driver decodes text as UTF-8, whatever the environment says.
    parameters["client_encoding"] = "UTF8"
    // A path that swallows everything would otherwise hold a call for as long as the kernel tries: hours.
    let watch = [
      "tcp_user_timeout": "30000", "keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "3",
    ]
    for (name, value) in watch where parameters[name] == nil { parameters[name] = value }
    if profile == .direct {
      for (name, value) in timeouts.settings { parameters.addOption(name, value) }
    }
    return parameters
  }

  var effectiveConnectTimeout: Duration {
    // libpq takes 0 and below for "wait for ever" and nothing below two seconds.
    guard let seconds = parameters.effective("connect_timeout").flatMap({ Int($0) }), seconds > 0 else {
      return connectTimeout
    }
    return .seconds(max(seconds, 2))
  }
}
