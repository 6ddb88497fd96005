import Foundation

/// An address that somebody outside has given, to which requests are to be sent.
public struct PublicURL: Sendable, Hashable, CustomStringConvertible {
  /// The address as it was given.
  public let description: String
  let host: String
  let isSecure: Bool

  /// The longest address in characters.
  public static let longest = 2_000

  /// Reads `https://host[:port]/path?query`.
  ///
  /// What a name stands for is only known when it is looked up, and is looked at each time; an address in numbers is
  /// looked at here.
  /// - Parameter allowsLoopback: takes http too, and the machine itself; for tests and for the sandbox.
  public init(_ text: String, allowsLoopback: Bool = false) throws(PublicURLError) {
    guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      let parts = URLComponents(string: text, encodingInvalidCharacters: false)
    else { throw .malformed }
    switch parts.scheme?.lowercased() {
    case "https": isSecure = true
    case "http" where allowsLoopback: isSecure = false
    default: throw .notSecure
    }
    guard parts.user == nil, parts.password == nil, parts.fragment == nil, parts.port.map({ $0 > 0 }) ?? true,
      let host = parts.encodedHost, Self.isHost(host)
    else { throw .malformed }
    if let address = IPAddress(host), !address.isPublic, !(allowsLoopback && address.isLoopback) { throw .notPublic }
    self.host = host
    description = text
  }

  /// A name, or an address of version 4: letters, digits, hyphens and dots, so that there is one way only to read it.
  private static func isHost(_ text: String) -> Bool {
    (1...253).contains(text.utf8.count) && !text.hasPrefix(".")
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}

/// Why an address is not taken.
public enum PublicURLError: Error, Sendable, Hashable {
  /// It is no address of the form `https://host/path`, or names a user or a fragment.
  case malformed
  /// It is not https.
  case notSecure
  /// It names a machine that is not of the open Internet.
  case notPublic
}
