import Crypto
import Foundation
public import Identifiers

/// What a program shows to act for an agency; only its digest is stored.
public struct APIKey: Sendable {
  /// The text that the program sends as a Bearer token. Shown once, when it is made.
  public let text: String

  /// Makes a key of 256 random bits.
  public init() {
    let random = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    text = "nq_" + random.base64URLEncodedString()
  }

  /// What is stored: the key is random, so a plain hash cannot be guessed back.
  static func digest(of text: String) -> Data {
    Data(SHA256.hash(data: Data(text.utf8)))
  }
}

/// A stored key: what it acts for, and what it may do.
public struct APIKeyRecord: Sendable, Hashable {
  /// Its identifier, for the log.
  public let id: ID<APIKey>
  /// The agency that it acts for.
  public let agency: ID<Agency>
  /// The one brand that it is for; nil for the whole agency.
  public let brand: ID<Brand>?
  /// What people call it.
  public let name: String
  /// What it may do.
  public let scopes: PermissionSet

  /// Whom its requests act for.
  public var caller: Caller {
    Caller(
      credential: .key(id), agency: agency, name: name, everywhere: brand == nil ? scopes : .none,
      brands: brand.map { [$0: PermissionSet(scopes.permissions.filter { !$0.isForAgency })] } ?? [:])
  }
}

extension Data {
  func base64URLEncodedString() -> String {
    base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
