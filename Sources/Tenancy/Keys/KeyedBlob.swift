import Crypto
import Foundation

/// Sealed bytes together with the name of the key that opens them: version, length and text of the key's id, then
/// nonce, ciphertext and tag of AES-256-GCM.
struct KeyedBlob {
  let key: String
  let sealed: AES.GCM.SealedBox

  init(key: String, sealed: AES.GCM.SealedBox) {
    self.key = key
    self.sealed = sealed
  }

  init(bytes: Data) throws(SealingError) {
    let bytes = Data(bytes)
    guard bytes.count > 2, bytes[0] == 1, bytes.count > 2 + Int(bytes[1]) else { throw .damaged }
    let end = 2 + Int(bytes[1])
    key = String(decoding: bytes[2..<end], as: UTF8.self)
    do {
      sealed = try AES.GCM.SealedBox(combined: bytes[end...])
    } catch {
      throw .damaged
    }
  }

  var bytes: Data {
    // The combined form is nil only for nonces that are not 12 bytes; ours always are.
    Data([1, UInt8(key.utf8.count)]) + Data(key.utf8) + (sealed.combined ?? Data())
  }

  func open(using key: SymmetricKey, context: String) throws(SealingError) -> Data {
    do {
      return try AES.GCM.open(sealed, using: key, authenticating: Data(context.utf8))
    } catch {
      throw .damaged
    }
  }
}

/// Why sealed bytes cannot be opened.
public enum SealingError: Error, Equatable {
  /// They name a key that is not among those given.
  case unknownKey(id: String)
  /// They were changed, cut, or moved from another row or column.
  case damaged
}
