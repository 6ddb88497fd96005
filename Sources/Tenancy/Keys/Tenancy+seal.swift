public import Foundation

extension Tenancy {
  /// Seals a value of the agencies' side, which belongs to no brand, under the newest master key.
  ///
  /// - Parameter place: what the value is and whose; it must be given again to open it.
  public func seal(_ value: Data, place: String) throws -> Data { try masterKeys.seal(value, place: place) }

  /// Opens what `seal` made for the same place.
  public func open(_ bytes: Data, place: String) throws(SealingError) -> Data {
    try masterKeys.open(bytes, place: place)
  }
}
