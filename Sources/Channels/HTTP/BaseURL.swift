import Foundation

/// Where a platform's interface lives: scheme, host, port and a path that every call's path is appended to.
public struct BaseURL: Sendable, Hashable, CustomStringConvertible {
  /// The address without a slash at its end.
  public let description: String

  /// The address of a host over TLS.
  init(host: String) {
    description = "https://\(host)"
  }

  /// Reads an address such as `https://qyapi.weixin.qq.com` or `http://127.0.0.1:8090/wecom`.
  /// - Throws: `BaseURLError`, which names what is wrong.
  public init(_ text: String) throws(BaseURLError) {
    guard let parts = URLComponents(string: text, encodingInvalidCharacters: false) else {
      throw .notAnAddress
    }
    guard parts.scheme == "https" || parts.scheme == "http" else { throw .notHTTP }
    guard let host = parts.host, !host.isEmpty else { throw .noHost }
    guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else { throw .tooMuch }
    var address = text[...]
    while address.hasSuffix("/") { address.removeLast() }
    description = String(address)
  }
}

/// What is wrong with a base address.
public enum BaseURLError: Error, Sendable, Hashable {
  /// The text is no URL.
  case notAnAddress
  /// The scheme is neither http nor https.
  case notHTTP
  /// There is no host.
  case noHost
  /// There is a user, a password, a query or a fragment, which a base address does not have.
  case tooMuch
}
