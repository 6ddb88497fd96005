import Crypto
public import Foundation

/// A random text that lets somebody in: of a session, an invitation, a reset. Only its digest is stored.
public struct Secret: Sendable {
  /// What its holder shows.
  public let text: String

  /// Makes one of 256 random bits, which begins with what tells its kind.
  public init(prefix: String) {
    text = prefix + SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64URLEncodedString()
  }

  /// What is stored: the text is random, so a plain hash cannot be guessed back.
  public static func digest(of text: String) -> Data {
    Data(SHA256.hash(data: Data(text.utf8)))
  }

  var digest: Data { Self.digest(of: text) }
}
