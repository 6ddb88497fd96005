import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Sandbox

@Suite struct MessageLimitTests {
  @Test(arguments: [
    ("text", 2048, 0), ("text", 2049, 40058), ("text", 0, 44004), ("markdown", 4096, 0), ("markdown", 4097, 40058),
    ("markdown", 0, 44004), ("markdown_v2", 4096, 0), ("markdown_v2", 4097, 40058),
  ])
  func wordsAreCountedInBytes(type: String, bytes: Int, errcode: Int) async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      // Three bytes a character, so that counting characters or UTF-16 would be noticed.
      let content = String(repeating: "暖", count: bytes / 3) + String(repeating: "a", count: bytes % 3)
      #expect(content.utf8.count == bytes)
      let json = try SandboxClient.json(["msgtype": type, type: ["content": content]])
      #expect(try await client.send(json).errcode == errcode)
      let entry = try #require(try fixture.log.entries.first)
      #expect(entry.accepted == (errcode == 0))
      #expect(entry.errcode == errcode)
      #expect(entry.content == content)
      #expect(entry.bodyBytes == json.utf8.count)
    }
  }

  @Test(arguments: [
    (0, 44004), (1, 0), (8, 0), (9, 45008),
  ])
  func newsHasOneToEightArticles(count: Int, errcode: Int) async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      let articles = (0..<count).map { ["title": "第\($0)条", "url": "https://example.com/\($0)"] }
      let json = try SandboxClient.json(["msgtype": "news", "news": ["articles": articles]])
      #expect(try await client.send(json).errcode == errcode)
      #expect(try fixture.log.accepted().count == (errcode == 0 ? 1 : 0))
    }
  }

  @Test(arguments: [
    (128, 512, 0), (129, 512, 40058), (128, 513, 40058), (0, 0, 40058),
  ])
  func articlesKeepTheirBytes(title: Int, description: Int, errcode: Int) async throws {
    try await SandboxFixture().run { client async throws in
      let article = [
        "title": String(repeating: "t", count: title), "description": String(repeating: "d", count: description),
        "url": "https://example.com",
      ]
      let json = try SandboxClient.json(["msgtype": "news", "news": ["articles": [article]]])
      #expect(try await client.send(json).errcode == errcode)
    }
  }

  @Test func anArticleNeedsAnAddress() async throws {
    try await SandboxFixture().run { client async throws in
      #expect(try await client.send(#"{"msgtype":"news","news":{"articles":[{"title":"t"}]}}"#).errcode == 40058)
      #expect(
        try await client.send(#"{"msgtype":"news","news":{"articles":[{"title":"t","url":""}]}}"#).errcode == 40058)
    }
  }

  private static func image(_ bytes: Data, md5: String? = nil) throws -> String {
    let sum = md5 ?? Insecure.MD5.hash(data: bytes).hex
    return try SandboxClient.json(["msgtype": "image", "image": ["base64": bytes.base64EncodedString(), "md5": sum]])
  }

  @Test(arguments: [(2 << 20, 0), ((2 << 20) + 1, 40009), (0, 40009)])
  func imagesHaveAtMostTwoMebibytes(size: Int, errcode: Int) async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      let bytes = size == 0 ? Data() : onePixel + Data(repeating: 0, count: size - onePixel.count)
      #expect(try await client.send(Self.image(bytes)).errcode == errcode)
      let entry = try #require(try fixture.log.entries.first)
      #expect(entry.sha256 == SHA256.hash(data: bytes).hex)
      #expect(entry.accepted == (errcode == 0))
    }
  }

  @Test func imagesArePicturesWithTheirChecksum() async throws {
    try await SandboxFixture().run { client async throws in
      let jpeg = Data([0xFF, 0xD8, 0xFF, 0xE0] + Array(repeating: 0, count: 16))
      #expect(try await client.send(Self.image(jpeg)).errcode == 0)
      let sum = Insecure.MD5.hash(data: onePixel).hex
      #expect(try await client.send(Self.image(onePixel, md5: sum.uppercased())).errcode == 0)
      #expect(try await client.send(Self.image(Data("GIF89a".utf8))).errcode == 40004)
      #expect(try await client.send(Self.image(onePixel, md5: String(repeating: "0", count: 32))).errcode == 301019)
      #expect(try await client.send(#"{"msgtype":"image","image":{"base64":"%%%","md5":""}}"#).errcode == 40058)
      #expect(try await client.send(#"{"msgtype":"image","image":{"md5":""}}"#).errcode == 40058)
    }
  }

  @Test func cardsAreCheckedForWhatTheyNeed() async throws {
    try await SandboxFixture().run { client async throws in
      func send(_ card: String) async throws -> Int {
        try await client.send(#"{"msgtype":"template_card","template_card":\#(card)}"#).errcode
      }
      let action = #""card_action":{"type":1,"url":"https://example.com"}"#
      #expect(try await send(#"{"card_type":"text_notice","main_title":{"title":"提醒"},\#(action)}"#) == 0)
      #expect(try await send(#"{"card_type":"news_notice","sub_title_text":"详情",\#(action)}"#) == 0)
      #expect(try await send(#"{"card_type":"button_interaction","sub_title_text":"x",\#(action)}"#) == 40058)
      #expect(try await send(#"{"card_type":"text_notice",\#(action)}"#) == 40058)
      #expect(try await send(#"{"card_type":"text_notice","sub_title_text":"x"}"#) == 40058)
    }
  }

  @Test(arguments: [
    "", "null", "[]", "\"text\"", "{", "{\"msgtype\":", "\u{0}\u{1}\u{2}", "<xml/>", "{\"msgtype\":7}",
    "{\"msgtype\":\"video\"}", "{}", "{\"msgtype\":null}",
  ])
  func whatIsNoMessageIsRefusedByType(body: String) async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      #expect(try await client.send(body).errcode == 40008)
      let entry = try #require(try fixture.log.entries.first)
      #expect(entry.readWhole && !entry.accepted)
    }
  }

  @Test(arguments: [
    #"{"msgtype":"text","text":7}"#, #"{"msgtype":"text","text":{"content":7}}"#,
    #"{"msgtype":"text","text":{"content":"x","mentioned_list":"@all"}}"#, #"{"msgtype":"image","image":null}"#,
    #"{"msgtype":"news","news":{"articles":{}}}"#, #"{"msgtype":"file","file":{}}"#,
  ])
  func wrongTypesInsideAreRefusedAsParameters(body: String) async throws {
    try await SandboxFixture().run { client async throws in
      #expect(try await client.send(body).errcode == 40058)
    }
  }

  @Test func invalidBytesAndDeepNestingAreRefused() async throws {
    try await SandboxFixture().run { client async throws in
      let invalid = Data(#"{"msgtype":"text","text":{"content":""#.utf8) + [0xFF, 0xC0] + Data("\"}}".utf8)
      #expect(try await client.answer(send: invalid).errcode != 0)
      let deep = Data(String(repeating: "[", count: 100_000).utf8)
      #expect(try await client.answer(send: deep).errcode == 40008)
    }
  }

  @Test(arguments: [nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=", ";;;"])
  func theContentTypeOfAMessageDoesNotMatter(type: String?) async throws {
    try await SandboxFixture().run { client async throws in
      let body = Data(#"{"msgtype":"text","text":{"content":"你好"}}"#.utf8)
      #expect(try await client.answer(send: body, type: type).errcode == 0)
    }
  }

  @Test func aBodyBeyondTheLimitIsRefusedUnread() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run(.live) { client async throws in
      let body = Data(repeating: UInt8(ascii: " "), count: MessageLimits.sendBody + 1)
      #expect(try await client.answer(send: body).errcode == 45002)
      let entry = try #require(try fixture.log.entries.first)
      #expect(!entry.readWhole && !entry.accepted && entry.errcode == 45002)
      // The connection and the sandbox are still good.
      #expect(try await client.send(text: "还在").errcode == 0)
    }
  }

  @Test func gettingIsNotSending() async throws {
    try await SandboxFixture().run { client async throws in
      let response = try await client.http.execute(uri: "/cgi-bin/webhook/send?key=x", method: .get)
      #expect(try SandboxClient.answer(response).errcode == 43002)
    }
  }
}
