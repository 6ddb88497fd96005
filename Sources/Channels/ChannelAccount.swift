import Crypto
import Foundation

/// An account on a platform: what an adapter needs to send through it.
public struct ChannelAccount: Sendable {
  /// The platform.
  public let kind: ChannelKind
  /// What authorises a dispatch.
  public let key: Secret
  /// Names the account across the whole deployment and says nothing about the key: SHA-256 of "kind:account" in hex.
  ///
  /// Limits are the platform's, per account. Two channels with the same fingerprint are one account and share one limit.
  public let fingerprint: String

  /// An account whose identity on its platform is `account`, which for some platforms is the key itself.
  public init(kind: ChannelKind, key: Secret, identifiedBy account: Secret) {
    self.kind = kind
    self.key = key
    let digest = SHA256.hash(data: Data("\(kind.rawValue):\(account.reveal())".utf8))
    fingerprint = digest.map { byte in
      String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
    }.joined()
  }
}
