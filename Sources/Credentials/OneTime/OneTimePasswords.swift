import Crypto
public import Foundation

/// The codes that somebody's authenticator app shows: RFC 6238 with SHA-1, six digits, thirty seconds.
///
/// The secret behind them is stored sealed. It shows itself to nobody who does not ask for it by name.
public struct OneTimePasswords: Sendable {
  /// The bytes that the app and we share; for sealing, never for a text that a person or a log sees.
  public let secret: Data

  /// A new secret of 160 random bits, as long as the hash behind the codes.
  public init() {
    secret = Data(randomBytes(20))
  }

  /// A stored secret.
  public init(secret: Data) {
    self.secret = secret
  }

  /// The secret as it is typed into an app where no picture can be taken.
  public var typedSecret: String { Base32.encode(Array(secret)) }

  /// How long one code is shown.
  static let seconds = 30
  static let digits = 6

  /// The step of time in which an instant lies.
  static func step(at instant: Date) -> Int64 {
    Int64((instant.timeIntervalSince1970 / Double(seconds)).rounded(.down))
  }

  /// The code of a step.
  func code(ofStep step: Int64, digits: Int = Self.digits) -> String {
    let counter = withUnsafeBytes(of: step.bigEndian) { Data($0) }
    let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
    let offset = Int(mac[mac.count - 1] & 15)
    let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
    let modulus = (0..<digits).reduce(UInt32(1)) { product, _ in product * 10 }
    let text = String(number % modulus)
    return String(repeating: "0", count: digits - text.count) + text
  }

  /// The step whose code somebody has typed; nil when it is none that may be taken.
  ///
  /// The steps before and after the present one are taken too, for clocks that are off. The answer is to be stored, and
  /// handed in as `last` the next time: a code that somebody has looked over a shoulder is worth nothing once it was used.
  /// Two sign-ins at once are told apart by the store, which sets the new step only where it is later than the old one.
  public func acceptedStep(of typed: String, at instant: Date, after last: Int64?) -> Int64? {
    guard let typed = Self.cleaned(typed) else { return nil }
    let now = Self.step(at: instant)
    var accepted: Int64?
    // All are compared, whichever fits, and each in constant time.
    for step in now - 1...now + 1 where Self.isEqual(code(ofStep: step), typed) && accepted == nil {
      if step > last ?? .min { accepted = step }
    }
    return accepted
  }

  /// The six digits of what was typed: apps show them in two groups, and Chinese keyboards make wide ones.
  private static func cleaned(_ typed: String) -> String? {
    let scalars = typed.unicodeScalars.prefix(32).filter { !$0.properties.isWhitespace }.map { scalar in
      (0xff10...0xff19).contains(scalar.value) ? Unicode.Scalar(UInt8(scalar.value - 0xff10 + 0x30)) : scalar
    }
    guard scalars.count == digits, scalars.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
    return String(String.UnicodeScalarView(scalars))
  }

  private static func isEqual(_ left: String, _ right: String) -> Bool {
    zip(left.utf8, right.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

extension OneTimePasswords: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// A placeholder.
  public var description: String { "(secret)" }
  /// A placeholder.
  public var debugDescription: String { description }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
