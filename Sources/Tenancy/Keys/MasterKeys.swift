import Crypto
import Foundation

/// The deployment's master keys, newest first: the first wraps, all unwrap.
///
/// Written as `id:base64,id:base64`; each key is 32 bytes. A key is retired by leaving it out once nothing names it.
public struct MasterKeys: Sendable {
  struct Key: Sendable {
    let id: String
    let key: SymmetricKey
  }

  let keys: [Key]

  /// Reads the setting's text. Throws `MasterKeysError`, which never holds key material.
  public init(setting: String) throws(MasterKeysError) {
    var keys: [Key] = []
    for (number, entry) in setting.split(separator: ",").enumerated() {
      let parts = entry.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      guard parts.count == 2, Self.isID(parts[0]) else { throw .malformed(entry: number + 1) }
      guard let bytes = Data(base64Encoded: parts[1]), bytes.count == 32 else {
        throw .wrongLength(entry: number + 1)
      }
      guard !keys.contains(where: { $0.id == parts[0] }) else { throw .repeated(entry: number + 1) }
      keys.append(Key(id: parts[0], key: SymmetricKey(data: bytes)))
    }
    guard !keys.isEmpty else { throw .none }
    self.keys = keys
  }

  /// Plain enough for a blob and a log.
  private static func isID(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
          || [0x2D, 0x2E, 0x5F].contains(byte)
      }
  }

  /// A setting's text with one new random key, for a first start.
  public static func freshSetting(id: String) -> String {
    let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    return "\(id):\(bytes.base64EncodedString())"
  }

  /// Wraps a key under the newest master key; `context` must be given again to unwrap.
  func wrap(_ key: SymmetricKey, context: String) throws -> Data {
    let newest = keys[0]
    let plain = key.withUnsafeBytes { Data($0) }
    let box = try AES.GCM.seal(plain, using: newest.key, authenticating: Data(context.utf8))
    return KeyedBlob(key: newest.id, sealed: box).bytes
  }

  func unwrap(_ bytes: Data, context: String) throws(SealingError) -> SymmetricKey {
    let blob = try KeyedBlob(bytes: bytes)
    guard let master = keys.first(where: { $0.id == blob.key }) else { throw .unknownKey(id: blob.key) }
    return SymmetricKey(data: try blob.open(using: master.key, context: context))
  }
}

/// Why the setting of the master keys cannot be used. It counts entries and quotes nothing: what stands where an id
/// should be may be a key.
public enum MasterKeysError: Error, Equatable, CustomStringConvertible {
  case none
  case malformed(entry: Int)
  case wrongLength(entry: Int)
  case repeated(entry: Int)

  /// One line for whoever runs the system; it holds no key material.
  public var description: String {
    switch self {
    case .none: "it is empty; write id:key, the key being 32 random bytes in base64 (openssl rand -base64 32)"
    case .malformed(let entry): "entry \(entry) is not of the form id:key (the id has 1 to 32 of a-z, A-Z, 0-9, . _ -)"
    case .wrongLength(let entry): "the key of entry \(entry) is not 32 bytes in base64 (openssl rand -base64 32)"
    case .repeated(let entry): "the id of entry \(entry) stands there twice"
    }
  }
}
