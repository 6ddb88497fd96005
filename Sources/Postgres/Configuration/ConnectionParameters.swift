import CLibpq

/// The keywords of a libpq connection string with their values, as libpq itself parses them.
struct ConnectionParameters: Sendable, Hashable {
  private(set) var values: [String: String]

  /// From a URI (`postgres://…`) or keywords (`host=… dbname=…`); what is left out comes from libpq's own defaults
  /// (environment, service and password file) when the connection is made.
  init(_ connectionString: String) throws(PostgresError) {
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(connectionString, &message) else {
      // libpq quotes the part that it could not parse, which may be the password: say what kind of mistake it is only.
      PQfreemem(message)
      throw .configuration("the Postgres connection string is neither a valid postgres:// URI nor valid keywords")
    }
    defer { PQconninfoFree(options) }
    values = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
  }

  subscript(keyword: String) -> String? {
    get { values[keyword] }
    set { values[keyword] = newValue }
  }

  /// The value in force: given, or from the environment or libpq's default.
  func effective(_ keyword: String) -> String? {
    values[keyword] ?? Self.defaults[keyword]
  }

  private static var defaults: [String: String] {
    guard let options = PQconndefaults() else { return [:] }
    defer { PQconninfoFree(options) }
    var defaults: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { defaults[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    return defaults
  }

  /// Adds a server setting to `options`, behind those that are there.
  mutating func addOption(_ name: String, _ value: String) {
    let escaped = value.reduce(into: "") { result, character in
      if character == "\\" || character == " " { result.append("\\") }
      result.append(character)
    }
    let option = "-c \(name)=\(escaped)"
    values["options"] = values["options"].map { $0 + " " + option } ?? option
  }
}

extension ConnectionParameters: CustomStringConvertible {
  /// Where the connection goes and as whom; never the password.
  var description: String {
    let host = effective("host") ?? effective("hostaddr") ?? "the default socket"
    let port = effective("port") ?? "5432"
    let user = effective("user") ?? "the default user"
    return "\(host):\(port), database \(effective("dbname") ?? user), user \(user)"
  }
}
