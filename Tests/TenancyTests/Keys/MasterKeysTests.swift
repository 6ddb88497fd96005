import Foundation
import Identifiers
@testable import Tenancy
import Testing

@Suite struct MasterKeysTests {
  /// 32 bytes in base64.
  private static func key(_ byte: UInt8) -> String { Data(repeating: byte, count: 32).base64EncodedString() }

  @Test func theNewestComesFirst() throws {
    let keys = try MasterKeys(setting: "new:\(Self.key(1)), old:\(Self.key(2))\n")
    #expect(keys.keys.map(\.id) == ["new", "old"])
  }

  @Test func aFreshSettingIsOneRandomKey() throws {
    let setting = MasterKeys.freshSetting(id: "k1")
    #expect(try MasterKeys(setting: setting).keys.map(\.id) == ["k1"])
    #expect(setting != MasterKeys.freshSetting(id: "k1"))
  }

  static let mistakes: [(setting: String, error: MasterKeysError)] = [
    ("", .none), (",", .none),
    ("\(key(3))", .malformed(entry: 1)),
    ("k1:\(key(3)),\(key(4))", .malformed(entry: 2)),
    (":\(key(3))", .malformed(entry: 1)),
    // Key and id changed places, also with a key that is too short.
    ("\(key(3)):k1", .malformed(entry: 1)),
    ("MDEyMzQ1Njc4OWFiY2RlZg==:k1", .malformed(entry: 1)),
    ("a key with blanks:\(key(3))", .malformed(entry: 1)),
    ("k1:", .malformed(entry: 1)),
    ("k1: ", .wrongLength(entry: 1)),
    ("k1:MDEyMzQ1Njc4OWFiY2RlZg==", .wrongLength(entry: 1)),
    ("k1:\(key(3)),k2:no base64 at all!", .wrongLength(entry: 2)),
    ("0123456789abcdef0123456789abcdef:k1", .wrongLength(entry: 1)),
    ("k1:\(key(3));k2:\(key(4))", .wrongLength(entry: 1)),
    ("k1:\(key(3))\nk2:\(key(4))", .wrongLength(entry: 1)),
    ("k1:\(key(3)),k1:\(key(4))", .repeated(entry: 2)),
  ]

  @Test func aMistakeIsNamedWithoutTheKey() {
    for (setting, expected) in Self.mistakes {
      let error = #expect(throws: expected, "\(setting)") { try MasterKeys(setting: setting) }
      let said = "\(String(describing: error)) \(String(reflecting: error)) \(error?.localizedDescription ?? "")"
      for word in setting.split(whereSeparator: { ",:;\n".contains($0) }) where word.count > 8 {
        #expect(!said.contains(word), "\(setting)")
      }
    }
  }

  @Test func theNewestWrapsAndAllUnwrap() throws {
    let brand = ID<Brand>()
    let old = try MasterKeys(setting: "old:\(Self.key(1))")
    let both = try MasterKeys(setting: "new:\(Self.key(2)),old:\(Self.key(1))")
    let new = try MasterKeys(setting: "new:\(Self.key(2))")
    let place = (table: "channels", row: UUID(), column: "sealed_secret")

    let wrappedThen = try BrandKey.makeWrapped(for: brand, under: old)
    let sealed = try BrandKey(unwrapping: wrappedThen, of: brand, under: old)
      .seal("密钥", table: place.table, row: place.row, column: place.column)
    let rolledOut = try BrandKey(unwrapping: wrappedThen, of: brand, under: both)
    #expect(try rolledOut.open(sealed, table: place.table, row: place.row, column: place.column) == "密钥")
    #expect(throws: SealingError.unknownKey(id: "old")) { try BrandKey(unwrapping: wrappedThen, of: brand, under: new) }

    let wrappedNow = try BrandKey.makeWrapped(for: brand, under: both)
    #expect(throws: SealingError.unknownKey(id: "new")) { try BrandKey(unwrapping: wrappedNow, of: brand, under: old) }
    _ = try BrandKey(unwrapping: wrappedNow, of: brand, under: new)
  }

  @Test func anotherKeyUnderTheSameNameDoesNotOpen() throws {
    let brand = ID<Brand>()
    let wrapped = try BrandKey.makeWrapped(for: brand, under: MasterKeys(setting: "k:\(Self.key(1))"))
    let other = try MasterKeys(setting: "k:\(Self.key(2))")
    #expect(throws: SealingError.damaged) { try BrandKey(unwrapping: wrapped, of: brand, under: other) }
  }

  @Test func aWrappedKeyIsOneBrands() throws {
    let (brand, masters) = (ID<Brand>(), try MasterKeys(setting: "k:\(Self.key(1))"))
    let wrapped = try BrandKey.makeWrapped(for: brand, under: masters)
    #expect(throws: SealingError.damaged) { try BrandKey(unwrapping: wrapped, of: ID(), under: masters) }
    // What is wrapped names its key and shows nothing of it.
    #expect(try KeyedBlob(bytes: wrapped).key == "k")
    #expect(wrapped.range(of: Data(repeating: 1, count: 4)) == nil)
  }
}
