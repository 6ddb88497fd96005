import Foundation
import Identifiers
@testable import Tenancy
import Testing

/// A sealed value opens in its own place only.
@Suite struct BrandKeyTests {
  private let brand = ID<Brand>()
  private let masters: MasterKeys
  private let wrapped: Data
  private let row = UUID()

  init() throws {
    masters = try MasterKeys(setting: MasterKeys.freshSetting(id: "k1"))
    wrapped = try BrandKey.makeWrapped(for: brand, under: masters)
  }

  private var key: BrandKey {
    get throws { try BrandKey(unwrapping: wrapped, of: brand, under: masters) }
  }

  @Test(arguments: ["", "a", "6d5e0b1c-robot-key", "密钥 🔑", String(repeating: "long ", count: 10_000)])
  func whatIsSealedOpensInItsPlace(text: String) throws {
    let sealed = try key.seal(text, table: "channels", row: row, column: "sealed_secret")
    #expect(try key.open(sealed, table: "channels", row: row, column: "sealed_secret") == text)
    if text.utf8.count > 5 { #expect(sealed.range(of: Data(text.utf8)) == nil) }
    // The same text never looks the same twice.
    #expect(try key.seal(text, table: "channels", row: row, column: "sealed_secret") != sealed)
  }

  @Test func whatIsMovedDoesNotOpen() throws {
    let sealed = try key.seal("secret", table: "channels", row: row, column: "sealed_secret")
    #expect(throws: SealingError.damaged) { try key.open(sealed, table: "groups", row: row, column: "sealed_secret") }
    #expect(throws: SealingError.damaged) {
      try key.open(sealed, table: "channels", row: UUID(), column: "sealed_secret")
    }
    #expect(throws: SealingError.damaged) { try key.open(sealed, table: "channels", row: row, column: "token") }
    let other = ID<Brand>()
    let foreign = try BrandKey(
      unwrapping: BrandKey.makeWrapped(for: other, under: masters), of: other, under: masters)
    #expect(throws: SealingError.damaged) {
      try foreign.open(sealed, table: "channels", row: row, column: "sealed_secret")
    }
  }

  /// Even if two brands had the same key, a value would not move between them.
  @Test func theBrandIsPartOfThePlace() throws {
    let material = try masters.unwrap(wrapped, context: "brand-key|\(brand)")
    let sealed = try BrandKey(brand: brand, key: material).seal("secret", table: "t", row: row, column: "c")
    #expect(try BrandKey(brand: brand, key: material).open(sealed, table: "t", row: row, column: "c") == "secret")
    #expect(throws: SealingError.damaged) {
      try BrandKey(brand: ID(), key: material).open(sealed, table: "t", row: row, column: "c")
    }
  }

  @Test func noByteCanBeChanged() throws {
    let sealed = try key.seal("secret", table: "channels", row: row, column: "sealed_secret")
    for index in sealed.indices {
      for bit in [UInt8(1), 0x80] {
        var damaged = sealed
        damaged[index] ^= bit
        let error = #expect(throws: SealingError.self, "byte \(index)") {
          try key.open(damaged, table: "channels", row: row, column: "sealed_secret")
        }
        // Where the key's name was hit, the bytes name a key that is not there.
        if !(1..<9).contains(index) { #expect(error == .damaged, "byte \(index)") }
      }
    }
    for length in 0..<sealed.count {
      #expect(throws: SealingError.damaged, "\(length) bytes") {
        try key.open(sealed.prefix(length), table: "channels", row: row, column: "sealed_secret")
      }
    }
    #expect(throws: SealingError.damaged) {
      try key.open(sealed + [0], table: "channels", row: row, column: "sealed_secret")
    }
  }

  @Test func noByteOfAWrappedKeyCanBeChanged() throws {
    for index in wrapped.indices {
      var damaged = wrapped
      damaged[index] ^= 1
      #expect(throws: SealingError.self, "byte \(index)") {
        try BrandKey(unwrapping: damaged, of: brand, under: masters)
      }
    }
    for length in 0..<wrapped.count {
      #expect(throws: SealingError.damaged, "\(length) bytes") {
        try BrandKey(unwrapping: wrapped.prefix(length), of: brand, under: masters)
      }
    }
  }

  @Test func sealedBytesNameTheirKey() throws {
    let sealed = try key.seal("secret", table: "channels", row: row, column: "sealed_secret")
    #expect(try KeyedBlob(bytes: sealed).key == "brand-1")
    #expect(try KeyedBlob(bytes: wrapped).key == "k1")
    // Also when they are a slice of more.
    let slice = (Data([9, 9, 9]) + sealed).dropFirst(3)
    #expect(try key.open(slice, table: "channels", row: row, column: "sealed_secret") == "secret")
  }
}
