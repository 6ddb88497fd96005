import Foundation

extension OneTimePasswords {
  /// What an app learns the secret from, most often as a QR code:
  /// `otpauth://totp/Nuanqun:chen@example.com?secret=…&issuer=Nuanqun&algorithm=SHA1&digits=6&period=30`.
  ///
  /// - Parameters:
  ///   - issuer: the product or the agency, as the app shows it.
  ///   - account: whose codes they are; the e-mail address.
  public func enrolment(issuer: String, account: String) -> String {
    let label = "\(Self.escaped(Self.part(issuer))):\(Self.escaped(Self.part(account)))"
    return "otpauth://totp/\(label)?secret=\(typedSecret)&issuer=\(Self.escaped(Self.part(issuer)))"
      + "&algorithm=SHA1&digits=\(Self.digits)&period=\(Self.seconds)"
  }

  /// A colon divides issuer and account, and some apps take an escaped one for it too.
  private static func part(_ text: String) -> String {
    text.replacing(":", with: "：")
  }

  /// Everything but what RFC 3986 leaves unreserved is escaped, a space as `%20`: apps show a plus sign as it is.
  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default: String(format: "%%%02X", byte)
      }
    }.joined()
  }
}
