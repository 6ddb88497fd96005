import Foundation

/// A mail server that takes our messages, and how we speak with it.
public struct SMTPServer: Sendable {
  /// What keeps others from reading along.
  public enum Encryption: String, Sendable, Hashable {
    /// The connection begins with TLS.
    case implicit
    /// It turns to TLS before anything is said; where the server does not, nothing is sent.
    case startTLS
    /// Nothing does. Right for a server on the same host or behind it.
    case none
  }

  /// Its name or address.
  public let host: String
  /// Where it listens.
  public let port: Int
  /// What keeps others from reading along.
  public let encryption: Encryption
  let user: String?
  let password: String?
  /// A file with the certificates to trust instead of the system's.
  public var certificates: String?

  /// A server from `smtp://user:password@host:587` or `smtps://…:465`.
  ///
  /// `smtp://` turns to TLS at once (STARTTLS), but on loopback, where it does not. `?starttls=off` and
  /// `?starttls=required` say otherwise. What is special in user and password is percent-encoded.
  public init(url text: String) throws(SMTPServerProblem) {
    guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
      ["smtp", "smtps"].contains(scheme)
    else { throw SMTPServerProblem("write smtp://user:password@host:587 or smtps://user:password@host:465") }
    guard let host = url.host?.trimmingCharacters(in: ["[", "]"]), Self.isHost(host) else {
      throw SMTPServerProblem("name a host, as smtp://host:587")
    }
    guard ["", "/"].contains(url.path), url.fragment == nil else {
      throw SMTPServerProblem("nothing may follow the port but ?starttls=off or ?starttls=required")
    }
    guard (1...65_535).contains(url.port ?? 1) else { throw SMTPServerProblem("give a port from 1 to 65535") }
    self.host = host
    port = url.port ?? (scheme == "smtps" ? 465 : 587)
    encryption = try Self.encryption(scheme, url.queryItems ?? [], isLoopback: Self.isLoopback(host))
    (user, password) = (url.user.flatMap { $0.isEmpty ? nil : $0 }, url.password)
    guard (user == nil) == (password == nil) else {
      throw SMTPServerProblem("give both user and password, or neither; percent-encode what is special in them")
    }
    if user != nil, encryption == .none, !Self.isLoopback(host) {
      throw SMTPServerProblem("a password must not travel in the clear; leave out ?starttls=off, or the password")
    }
  }

  private static func encryption(
    _ scheme: String, _ items: [URLQueryItem], isLoopback: Bool
  ) throws(SMTPServerProblem) -> Encryption {
    switch (scheme, items.count, items.first?.name, items.first?.value) {
    case ("smtps", 0, _, _): .implicit
    case ("smtp", 0, _, _): isLoopback ? .none : .startTLS
    case ("smtp", 1, "starttls", "required"): .startTLS
    case ("smtp", 1, "starttls", "off"): .none
    default: throw SMTPServerProblem("the only options are ?starttls=off and ?starttls=required, with smtp://")
    }
  }

  private static func isHost(_ host: String) -> Bool {
    !host.isEmpty && host.utf8.count <= 253
      && host.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: ":"):
          true
        default: false
        }
      }
  }

  private static func isLoopback(_ host: String) -> Bool {
    host.lowercased() == "localhost" || host == "::1" || host.wholeMatch(of: /127(\.[0-9]{1,3}){3}/) != nil
  }

  /// The address that the library is given; it holds no secret.
  var url: String {
    let scheme = encryption == .implicit ? "smtps" : "smtp"
    return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}

extension SMTPServer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The server without user and password.
  public var description: String { url }
  /// The server without user and password.
  public var debugDescription: String { url }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why an address of a server cannot be used, with the remedy; it holds nothing of the password.
public struct SMTPServerProblem: Error, Hashable, CustomStringConvertible {
  /// What it says to whoever has to mend it.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
