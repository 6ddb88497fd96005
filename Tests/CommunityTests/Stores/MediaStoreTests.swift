import Channels
import Foundation
import Identifiers
import Testing

@testable import Community

@Suite struct MediaStoreTests {
  private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1]
  private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0]

  @Test(arguments: [
    ("照片.txt", png, "image/png"), ("无后缀", jpeg, "image/jpeg"),
    ("假的.png", Array("<html>".utf8), "application/octet-stream"),
    ("短.png", [0x89, 0x50], "application/octet-stream"),
  ])
  func theFirstBytesTellTheType(_ name: String, _ bytes: [UInt8], _ type: String) async throws {
    try await withBrand { brand in
      let id = try await brand.work { try await MediaStore($0).create(name: name, bytes: Data(bytes)) }
      let media = try await MediaStore(brand.reader).media(id)
      #expect((media.name, media.type, media.size) == (name, type, bytes.count))
      let stored = try await MediaStore(brand.reader).bytes(of: id)
      #expect((stored.name, stored.bytes) == (name, Data(bytes)))
    }
  }

  @Test func theDigestIsOfTheBytes() async throws {
    try await withBrand { brand in
      let id = try await brand.work { try await MediaStore($0).create(name: "abc", bytes: Data("abc".utf8)) }
      #expect(
        try await MediaStore(brand.reader).media(id).sha256
          == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
  }

  @Test func whatIsNoMediumIsRefused() async throws {
    try await withBrand { brand in
      let (none, much) = (Data(), Data(count: MediaStore.limit + 1))
      await #expect(throws: InvalidInput("", .required)) {
        try await brand.work { _ = try await MediaStore($0).create(name: "空", bytes: none) }
      }
      await #expect(throws: InvalidInput("", .tooManyBytes, limit: "20971520", actual: "20971521")) {
        try await brand.work { _ = try await MediaStore($0).create(name: "大", bytes: much) }
      }
      await #expect(throws: InvalidInput("name", .required)) {
        try await brand.work { _ = try await MediaStore($0).create(name: "", bytes: Data([1])) }
      }
      await #expect(throws: NotFound()) { try await MediaStore(brand.reader).media(ID()) }
      await #expect(throws: NotFound()) { try await MediaStore(brand.reader).bytes(of: ID()) }
    }
  }

  @Test func aPictureMustBeOne() async throws {
    try await withBrand { brand in
      let file = try await brand.work { try await MediaStore($0).create(name: "假的.png", bytes: Data("<html>".utf8)) }
      let picture = try await brand.work { try await MediaStore($0).create(name: "真的", bytes: Data(Self.png)) }
      let draft = { (medium: ID<Media>) -> ContentDraft in
        try decoded(["title": "图", "kind": "image", "weight": "core", "body": ["media_id": medium.description]])
      }
      let (fake, missing, real) = (try draft(file), try draft(ID()), try draft(picture))
      await #expect(throws: InvalidInput("/body/media_id", .unknownValue, limit: "JPEG, PNG")) {
        try await brand.work { _ = try await ContentStore($0).create(fake, fitFor: []) }
      }
      await #expect(throws: InvalidInput("/body/media_id", .unknownReference)) {
        try await brand.work { _ = try await ContentStore($0).create(missing, fitFor: []) }
      }
      let id = try await brand.work { try await ContentStore($0).create(real, fitFor: []) }
      let content = try await ContentStore(brand.reader).content(id)
      #expect(
        try await Rendering(brand.reader).message(of: content.kind, content.body) == .image(bytes: Self.png, .png))
    }
  }
}
