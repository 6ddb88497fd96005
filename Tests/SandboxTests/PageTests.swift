import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Sandbox

@Suite struct PageTests {
  static let attacks = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>", "&lt;b&gt;", "{{7*7}}", "<!--", "]]>", "\u{202E}reversed<i>",
  ]

  @Test(arguments: attacks)
  func whatRobotsSayIsTextEverywhere(attack: String) async throws {
    try await SandboxFixture().run { client async throws in
      let room = try SandboxClient.json(["name": String(attack.prefix(100)), "brand": String(attack.prefix(100))])
      let name = try SandboxClient.json(["name": String(attack.prefix(60))]).dropFirst().dropLast()
      let robot = #"[{"key":"evil","room":\#(room),\#(name)}]"#
      #expect(try await client.control(.post, "robots", robot).status == .created)
      let article = ["title": attack, "description": attack, "url": attack, "picurl": attack]
      let card: [String: Any] = [
        "card_type": "news_notice", "main_title": ["title": attack, "desc": attack], "source": ["desc": attack],
        "card_image": ["url": attack], "card_action": ["type": 1, "url": attack],
      ]
      let messages: [[String: Any]] = [
        ["msgtype": "text", "text": ["content": attack, "mentioned_list": [attack]]],
        [
          "msgtype": "markdown",
          "markdown": ["content": "# \(attack)\n> \(attack)\n**\(attack)** [\(attack)](\(attack)) <@\(attack)>"],
        ],
        [
          "msgtype": "markdown_v2",
          "markdown_v2": ["content": "- \(attack)\n```\n\(attack)\n```\n|\(attack)|\n|-|\n|\(attack)|"],
        ],
        ["msgtype": "news", "news": ["articles": [article, article]]],
        ["msgtype": "news", "news": ["articles": [article]]],
        ["msgtype": "template_card", "template_card": card],
      ]
      for message in messages { #expect(try await client.send(SandboxClient.json(message), key: "evil").errcode == 0) }
      let upload = try await client.upload(Data("hello".utf8), name: attack.filter { $0 != "\"" }, key: "evil")
      let file = try SandboxClient.json(["msgtype": "file", "file": ["media_id": upload.media_id ?? ""]])
      #expect(try await client.send(file, key: "evil").errcode == 0)
      #expect(try await client.send(#"{"msgtype":"<script>"}"#, key: "evil").errcode == 40008)

      let pages = [
        "/", "/rooms/3", "/robots", "/?q=\(attack.percentEncoded)", "/rooms/3/messages?after=0", "/room-list",
      ]
      for path in pages {
        let page = try await client.page(path)
        for tag in ["<script>", "<img src=x", "<svg onload", "<i>", "<a href=\"javascript", "<!--"] {
          #expect(!page.contains(tag), "\(tag) on \(path)")
        }
        // What is left of the tags once their quoted values are gone.
        let bare = page.replacing(/"[^"]*"/, with: "")
        #expect(!bare.contains(/<[^>]*[\s\/]on\w+\s*=/) && !bare.contains("'"), "\(path)")
        #expect(!page.contains(/(href|src)="(?!\/|https?:\/\/)/), "\(path)")
        #expect(!bare.contains(/<[^>]*\sstyle=/), "\(path)")
      }
    }
  }

  @Test func pagesAllowNothingForeign() async throws {
    try await SandboxFixture().run { client async throws in
      for path in ["/", "/rooms/1", "/robots", "/rooms/99", "/media/x"] {
        let response = try await client.http.execute(uri: path, method: .get)
        let policy = try #require(response.headers[.contentSecurityPolicy])
        #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http"))
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
        let page = String(buffer: response.body)
        #expect(!page.contains(/<script(?![^>]*\ssrc="\/site\/)/) && !page.contains("<style"))
      }
      for file in Site.files {
        let response = try await client.http.execute(uri: file.path, method: .get)
        #expect(response.status == .ok && response.body.readableBytes == file.bytes.count)
        #expect(!String(buffer: response.body).contains("://") || file.name == "icon.svg")
      }
    }
  }

  @Test(arguments: [
    (nil, nil, nil, Language.zhHans), (nil, nil, "en-GB,en;q=0.9,zh;q=0.8", .en), (nil, nil, "zh-CN,en;q=0.9", .zhHans),
    (nil, nil, "en;q=0.5, zh-TW;q=0.8", .zhHans), (nil, nil, "fr,de;q=0.5", .en), (nil, nil, "zh;q=0, en;q=0.1", .en),
    (nil, "en", "zh-CN", .en), ("zh-Hans", "en", "en", .zhHans), ("xx", "en", nil, .en), ("", "", "", .en),
  ])
  func theLanguageIsTheViewersChoice(query: String?, cookie: String?, header: String?, language: Language) {
    #expect(Language(query: query, cookie: cookie, acceptLanguage: header) == language)
  }

  @Test func everyPageSpeaksBothLanguages() async throws {
    try await SandboxFixture().run { client async throws in
      _ = try await client.send(text: "", key: SandboxFixture.key)
      for path in ["/", "/rooms/1", "/robots"] {
        let chinese = try await client.page("\(path)?lang=zh-Hans")
        let english = try await client.page(path, headers: [.acceptLanguage: "en"])
        #expect(chinese.contains(#"<html lang="zh-Hans">"#) && chinese.contains(Words.notice.zhHans))
        #expect(english.contains(#"<html lang="en">"#) && english.contains(Words.notice.en))
        #expect(english.contains(">中文<") && chinese.contains(">English<"))
      }
      #expect(try await client.page("/robots?lang=en").contains(ReplyCode.emptyContent.meaning.en))
      #expect(try await client.page("/robots?lang=zh").contains(ReplyCode.emptyContent.meaning.zhHans))
      let chosen = try await client.http.execute(uri: "/?lang=en", method: .get)
      #expect(chosen.headers[values: .setCookie].contains { $0.hasPrefix("lang=en;") })
    }
  }

  @Test func emptyPlacesSayWhatWillBeThere() async throws {
    var fixture = try SandboxFixture()
    fixture.configuration.robots = []
    try await fixture.run { client async throws in
      #expect(try await client.page("/?lang=en").contains(Words.noRooms.en))
      #expect(try await client.page("/robots?lang=en").contains(Words.noRobots.en))
      #expect(try await client.http.execute(uri: "/rooms/1", method: .get).status == .notFound)
    }
    try await SandboxFixture().run { client async throws in
      #expect(try await client.page("/rooms/1?lang=en").contains(Words.noMessages.en))
      #expect(try await client.page("/?q=nothing&lang=en").contains(Words.nothingFound.en))
    }
  }

  @Test func theListIsSearchedOnTheServer() async throws {
    try await SandboxFixture().run { client async throws in
      let byName = try await client.page("/?q=\("浦东".percentEncoded)")
      #expect(byName.contains("鲜活到家·浦东群") && !byName.contains("上海宝妈交流一群"))
      let byBrand = try await client.page("/?q=\("悠然".percentEncoded)")
      #expect(!byBrand.contains("鲜活到家·浦东群") && byBrand.contains("上海宝妈交流一群"))
    }
  }

  @Test func theBadgeCountsWhatWasNotSeen() async throws {
    try await SandboxFixture().run { client async throws in
      for _ in 0..<3 { _ = try await client.send(text: "x") }
      #expect(try await client.page("/").contains(#"data-unread="3""#))
      let visit = try await client.http.execute(uri: "/rooms/1", method: .get)
      #expect(!String(buffer: visit.body).contains(#"data-unread"#))
      let cookie = try #require(
        visit.headers[values: .setCookie].first { $0.hasPrefix("seen=") }?.split(separator: ";").first)
      _ = try await client.send(text: "y")
      #expect(try await client.page("/", headers: [.cookie: String(cookie)]).contains(#"data-unread="1""#))
      #expect(try await client.page("/", headers: [.cookie: "seen=other.1-4"]).contains(#"data-unread="4""#))
      for broken in ["seen=", "seen=.", "seen=....", "seen=x.1-2-3.-.9999999999999999999-1", "seen=\u{1}"] {
        #expect(try await client.page("/", headers: [.cookie: broken]).contains(#"data-unread="4""#))
      }
    }
  }

  @Test func seenRoomsFitIntoACookie() {
    var seen = SeenRooms(nil, epoch: "abc123")
    for room in 1...2000 { seen.mark(room, upTo: 99_999) }
    #expect(seen.header.utf8.count < 4096)
    #expect(SeenRooms(seen.value, epoch: "abc123") == seen)
    #expect(SeenRooms(seen.value, epoch: "other").value == "other")
  }

  @Test func longConversationsComeInPages() async throws {
    var fixture = try SandboxFixture()
    fixture.configuration.rate = RateLimit(count: 1000)
    try await fixture.run { client async throws in
      for index in 1...130 { _ = try await client.send(text: "word\(index).") }
      let last = try await client.page("/rooms/1")
      #expect(!last.contains("word70.") && last.contains("word71.") && last.contains("word130."))
      #expect(last.contains("/rooms/1?before=71"))
      let middle = try await client.page("/rooms/1?before=71")
      #expect(middle.contains("word11.") && middle.contains("word70.") && !middle.contains("word71."))
      #expect(middle.contains("data-past"))
      let first = try await client.page("/rooms/1?before=11")
      #expect(first.contains("word1.") && !first.contains("before="))
      let fresh = try await client.page("/rooms/1/messages?after=128")
      #expect(!fresh.contains("word128.") && fresh.contains("word129.") && !fresh.contains("<html"))
    }
  }

  @Test func ownPicturesAreShownAndForeignOnesDrawn() async throws {
    try await SandboxFixture().run { client async throws in
      let kept = try await client.http.execute(
        uri: "/sandbox/pictures", method: .post, headers: [.contentType: "image/png"],
        body: ByteBuffer(bytes: onePixel))
      #expect(kept.status == .created)
      let path = try #require(
        try JSONDecoder().decode([String: String].self, from: Data(kept.body.readableBytesView))["path"])
      for picture in ["http://127.0.0.1:1\(path)", "https://elsewhere.example/a.png"] {
        let articles = [["title": "t", "url": "https://example.com", "picurl": picture]]
        let json = try SandboxClient.json(["msgtype": "news", "news": ["articles": articles]])
        #expect(try await client.send(json).errcode == 0)
      }
      let page = try await client.page("/rooms/1")
      #expect(page.contains("<img class=\"cover\" src=\"\(path)\"") && !page.contains("elsewhere"))
      let refused = try await client.http.execute(
        uri: "/sandbox/pictures", method: .post, body: ByteBuffer(string: "GIF"))
      #expect(refused.status == .unsupportedMediaType)
    }
  }
}
