import Foundation

extension ChannelAccount {
  /// The account of a robot, from its key or from the webhook's address as WeCom shows it.
  /// - Throws: `WeComRobotKeyError`.
  public static func weComRobot(_ pasted: String) throws(WeComRobotKeyError) -> ChannelAccount {
    let key = try WeComRobotKey.read(pasted)
    // Letter case makes no other robot, so it must not make another limit.
    return ChannelAccount(kind: .weComRobot, key: Secret(key), identifiedBy: Secret(key.lowercased()))
  }
}

/// What is wrong with the key of a robot.
public enum WeComRobotKeyError: Error, Sendable, Hashable {
  /// There is nothing, or an address without a key.
  case missing
  /// The key has characters that no key has, or is longer than 128 of them.
  case malformed
}

enum WeComRobotKey {
  static func read(_ pasted: String) throws(WeComRobotKeyError) -> String {
    let text = pasted.trimmingCharacters(in: .whitespacesAndNewlines)
    var key = text
    if text.contains("://") {
      let items = URLComponents(string: text)?.queryItems ?? []
      key = items.first { $0.name == "key" }?.value ?? ""
    }
    guard !key.isEmpty else { throw .missing }
    guard isWellFormed(key) else { throw .malformed }
    return key
  }

  /// Letters, digits, hyphens and underscores: nothing that could change the address that it is put into.
  static func isWellFormed(_ key: String) -> Bool {
    (1...128).contains(key.utf8.count)
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
