import Crypto
public import Foundation

/// What lets somebody in once who has lost the phone with their authenticator app.
///
/// 120 random bits, in six groups of four: `7K3M-9QXA-02RT-HV5C-WNE8-J4PD`. A code of that size can be stored as a plain
/// digest, which nobody guesses back. The letters I, L, O and U do not occur, as Crockford's Base32 has it.
public struct RecoveryCode: Sendable {
  /// The code as it is shown, once.
  public let text: String

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
  private static let groups = 6
  private static let groupLength = 4

  /// A new code.
  public init() {
    // 32 letters: five bits of each byte are spread evenly over them.
    self.init(letters: randomBytes(Self.groups * Self.groupLength).map { Self.alphabet[Int($0 & 31)] })
  }

  /// What somebody has typed; nil when it cannot be a code. Case, spaces and dashes do not matter, nor O for 0.
  public init?(typed: String) {
    var letters: [Character] = []
    for character in typed.prefix(128).uppercased() where !character.isWhitespace && !"-‐–—".contains(character) {
      switch character {
      case "O": letters.append("0")
      case "I", "L": letters.append("1")
      default: letters.append(character)
      }
    }
    guard letters.count == Self.groups * Self.groupLength, letters.allSatisfy(Self.alphabet.contains) else {
      return nil
    }
    self.init(letters: letters)
  }

  private init(letters: [Character]) {
    text = stride(from: 0, to: letters.count, by: Self.groupLength)
      .map { String(letters[$0..<$0 + Self.groupLength]) }.joined(separator: "-")
  }

  /// What is stored of it.
  public var digest: Data {
    Data(SHA256.hash(data: Data(text.utf8)))
  }
}

extension RecoveryCode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// A placeholder.
  public var description: String { "(recovery code)" }
  /// A placeholder.
  public var debugDescription: String { description }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What is left of somebody's sheet of recovery codes.
public struct RecoverySheet: Sendable, Hashable {
  /// The digests of the codes that have not been used, to be stored.
  public private(set) var digests: [Data]

  /// How many codes a new sheet has.
  public static let size = 10

  /// A stored sheet.
  public init(digests: [Data]) {
    self.digests = digests
  }

  /// A new sheet, with its codes to show once.
  public static func make() -> (sheet: RecoverySheet, codes: [RecoveryCode]) {
    let codes = (0..<size).map { _ in RecoveryCode() }
    return (RecoverySheet(digests: codes.map(\.digest)), codes)
  }

  /// Takes a code off the sheet. True when it was there; a second time it no longer is.
  public mutating func use(_ code: RecoveryCode) -> Bool {
    guard let index = digests.firstIndex(of: code.digest) else { return false }
    digests.remove(at: index)
    return true
  }
}
