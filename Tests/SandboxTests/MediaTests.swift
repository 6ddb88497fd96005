import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Sandbox

@Suite struct MediaTests {
  private static func file(_ id: String) -> String { #"{"msgtype":"file","file":{"media_id":"\#(id)"}}"# }

  @Test(arguments: [(4, 40006), (5, 0), (20 << 20, 0), ((20 << 20) + 1, 40006)])
  func filesHaveFiveBytesToTwentyMebibytes(size: Int, errcode: Int) async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      let bytes = Data(repeating: UInt8(ascii: "x"), count: size)
      let answer = try await client.upload(bytes)
      #expect(answer.errcode == errcode)
      #expect((answer.media_id != nil) == (errcode == 0))
      let entry = try #require(try fixture.log.entries.first)
      #expect(entry.endpoint == .uploadMedia && !entry.accepted && entry.errcode == errcode && entry.readWhole)
      #expect(entry.content == "价目表.pdf" && entry.sha256 == SHA256.hash(data: bytes).hex)
    }
  }

  @Test func aFileIsSentByTheRobotThatUploadedItForThreeDays() async throws {
    let fixture = try SandboxFixture()
    try await fixture.run { client async throws in
      let upload = try await client.upload(Data("hello".utf8))
      let id = try #require(upload.media_id)
      #expect(upload.type == "file" && upload.created_at == "1767225600")
      #expect(try await client.send(Self.file(id), key: SandboxFixture.otherKey).errcode == 40007)
      #expect(try await client.send(Self.file("3nonsense")).errcode == 40007)
      #expect(try await client.send(Self.file(id)).errcode == 0)
      fixture.time.advance(by: .seconds(3 * 24 * 3600) - .milliseconds(1))
      #expect(try await client.send(Self.file(id)).errcode == 0)
      fixture.time.advance(by: .milliseconds(1))
      #expect(try await client.send(Self.file(id)).errcode == 40007)
      let sent = try fixture.log.accepted()
      #expect(sent.count == 2)
      #expect(sent.allSatisfy { $0.content == "价目表.pdf" && $0.sha256 == SHA256.hash(data: Data("hello".utf8)).hex })
    }
  }

  @Test func voiceIsAMR() async throws {
    try await SandboxFixture().run { client async throws in
      let amr = Data("#!AMR\n".utf8) + Data(repeating: 0, count: 32)
      let id = try #require(try await client.upload(amr, name: "v.amr", type: "voice").media_id)
      #expect(try await client.send(#"{"msgtype":"voice","voice":{"media_id":"\#(id)"}}"#).errcode == 0)
      #expect(try await client.upload(Data("RIFFxxxx".utf8), name: "v.wav", type: "voice").errcode == 40004)
      let long = Data("#!AMR\n".utf8) + Data(repeating: 0, count: 2 << 20)
      #expect(try await client.upload(long, name: "v.amr", type: "voice").errcode == 40006)
    }
  }

  @Test func uploadsAreForms() async throws {
    try await SandboxFixture().run { client async throws in
      #expect(try await client.upload(Data("hello".utf8), type: "image").errcode == 40005)
      #expect(try await client.upload(Data("hello".utf8), field: "file").errcode == 44001)
      #expect(try await client.upload(Data("hello".utf8), name: "").errcode == 40058)
      for type in ["application/json", "multipart/form-data", "multipart/form-data; boundary=\"\"", "", "\u{FFFD}"] {
        let response = try await client.http.execute(
          uri: "/cgi-bin/webhook/upload_media?key=\(SandboxFixture.key)&type=file", method: .post,
          headers: [.contentType: type], body: ByteBuffer(string: "--x\r\n\r\nhello\r\n--x--"))
        #expect(try SandboxClient.answer(response).errcode == 40058)
      }
    }
  }

  @Test func robotsBytesAreNeverShownAsAPage() async throws {
    try await SandboxFixture().run { client async throws in
      let page = Data("<html><script>alert(1)</script>".utf8)
      let id = try #require(try await client.upload(page, name: "a\"><b>.html").media_id)
      #expect(try await client.send(Self.file(id)).errcode == 0)
      let response = try await client.http.execute(uri: "/media/\(SHA256.hash(data: page).hex)", method: .get)
      #expect(response.headers[.contentType] == "application/octet-stream")
      #expect(response.headers[.contentDisposition]?.hasPrefix("attachment") == true)
      #expect(response.headers[.xContentTypeOptions] == "nosniff")
      #expect(Data(response.body.readableBytesView) == page)
      let missing = try await client.http.execute(uri: "/media/..%2f..%2fetc%2fpasswd", method: .get)
      #expect(missing.status == .notFound)
    }
  }

  @Test func theShelfDropsTheOldestFirst() {
    var shelf = MediaShelf(capacity: 10)
    func reference(_ name: String) -> MediaReference { .init(sha256: name, name: name, size: 4, kind: .file) }
    for name in ["a", "b", "c"] { shelf.keep(Data(repeating: 0, count: 4), as: reference(name)) }
    #expect(shelf["a"] == nil && shelf["b"] != nil && shelf["c"] != nil)
    shelf.keep(Data(repeating: 0, count: 50), as: reference("large"))
    #expect(shelf["c"] == nil && shelf["large"] != nil)
  }
}

@Suite struct MultipartBodyTests {
  @Test func partsKeepTheirBytes() throws {
    let body =
      Data("preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n--b\r\n".utf8)
      + Data("content-disposition: form-data; name=media; filename=\"x; \\\"y\\\".txt\"\r\nX: y\r\n\r\n\r\n--b--".utf8)
    let form = try #require(MultipartBody(contentType: "Multipart/Form-Data; boundary=\"b\"", body: body))
    #expect(
      form.parts == [
        .init(name: "a", fileName: nil, content: Data("1\r\n2".utf8)),
        .init(name: "media", fileName: "x; \"y\".txt", content: Data()),
      ])
  }

  @Test(arguments: [
    "", "--b", "--b\r\n", "--b\r\n\r\n", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
    "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", "--bContent-Disposition", "--b\r\n--b\r\n--b--",
    "\r\n\r\n--b\r\n:\r\n\r\n\r\n--b--",
  ])
  func whatIsBrokenIsNoForm(body: String) {
    #expect(MultipartBody(contentType: "multipart/form-data; boundary=b", body: Data(body.utf8)) == nil)
  }
}
