import Crypto
public import Foundation

extension MasterKeys {
  /// Seals a value that belongs to no brand under the newest master key.
  ///
  /// - Parameter place: what the value is and whose; it must be given again to open it.
  public func seal(_ value: Data, place: String) throws -> Data {
    let newest = keys[0]
    let box = try AES.GCM.seal(value, using: newest.key, authenticating: Data(place.utf8))
    return KeyedBlob(key: newest.id, sealed: box).bytes
  }

  /// Opens what `seal` made for the same place.
  public func open(_ bytes: Data, place: String) throws(SealingError) -> Data {
    let blob = try KeyedBlob(bytes: bytes)
    guard let master = keys.first(where: { $0.id == blob.key }) else { throw .unknownKey(id: blob.key) }
    return try blob.open(using: master.key, context: place)
  }

  /// Whether the newest master key has sealed it already.
  func isNewest(_ bytes: Data) -> Bool {
    (try? KeyedBlob(bytes: bytes))?.key == keys[0].id
  }
}
