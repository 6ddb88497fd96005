import Crypto
public import Foundation

/// What a webhook's requests are signed with, by the rules of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.
///
/// No description, dump or mirror shows it.
public struct WebhookSecret: Sendable, CustomStringConvertible, CustomReflectable {
  private let key: SymmetricKey

  /// A placeholder.
  public var description: String { "(secret)" }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// A new one.
  init() {
    key = SymmetricKey(size: .bits256)
  }

  /// Reads the text form; nil when it is none.
  public init?(_ text: String) {
    guard text.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
      (24...64).contains(bytes.count)
    else { return nil }
    key = SymmetricKey(data: bytes)
  }

  private static let prefix = "whsec_"

  /// The text form, for the one who may have it.
  public func reveal() -> String {
    Self.prefix + key.withUnsafeBytes { Data($0) }.base64EncodedString()
  }

  /// The signature of a request, as it stands in `webhook-signature`.
  ///
  /// - Parameters:
  ///   - id: what stands in `webhook-id`.
  ///   - second: what stands in `webhook-timestamp`.
  public func signature(id: String, second: Int, body: Data) -> String {
    var hmac = HMAC<SHA256>(key: key)
    hmac.update(data: Data("\(id).\(second).".utf8))
    hmac.update(data: body)
    return "v1," + Data(hmac.finalize()).base64EncodedString()
  }
}
