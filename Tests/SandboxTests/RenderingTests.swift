import Foundation
import Testing

@testable import Sandbox

@Suite struct RenderingTests {
  private static func v1(_ text: String) -> String { MarkdownPage.html(text, dialect: .v1, language: .en).text }
  private static func v2(_ text: String) -> String { MarkdownPage.html(text, dialect: .v2, language: .en).text }

  @Test func interpolatedTextIsEscapedAndMarkupIsNot() {
    let part: HTML = "<b>\("<&>\"'\0")</b>"
    #expect(part.text == "<b>&lt;&amp;&gt;&quot;&#39;\u{FFFD}</b>")
    let whole: HTML = "<p class=\"\("a\"b")\">\(part)\([part, part])\(nil as HTML?)\(7)</p>"
    #expect(whole.text == "<p class=\"a&quot;b\">\(part.text)\(part.text)\(part.text)7</p>")
  }

  @Test(arguments: [
    ("# One", #"<p class="h1">One</p>"#), ("###### Six", #"<p class="h3">Six</p>"#),
    ("#No", "<p>#No</p>"), ("**bold** word", "<p><strong>bold</strong> word</p>"), ("****", "<p>****</p>"),
    ("a\nb\n\nc", "<p>a<br>b<br><br>c</p>"), ("> q\n>r\ns", "<blockquote>q<br>r</blockquote><p>s</p>"),
    ("a\n\n\n> q\n\n\nb\n\n", "<p>a</p><blockquote>q</blockquote><p>b</p>"), ("`a*b*`", "<p><code>a*b*</code></p>"),
    ("*v1 has no italic*", "<p>*v1 has no italic*</p>"),
    (#"<font color="warning">**now**</font>"#, #"<p><span class="tone-warning"><strong>now</strong></span></p>"#),
    (#"<font color="red">x</font>"#, "<p>&lt;font color=&quot;red&quot;&gt;x&lt;/font&gt;</p>"),
    (#"<font color="info">open"#, "<p>&lt;font color=&quot;info&quot;&gt;open</p>"),
    ("<@wang>", #"<p><span class="mention">@wang</span></p>"#), ("- no list in v1", "<p>- no list in v1</p>"),
    ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"), ("[x](//host)", "<p>[x](//host)</p>"),
    ("", "<p></p>"),
  ])
  func theFirstDialect(text: String, html: String) {
    #expect(Self.v1(text) == html)
  }

  @Test(arguments: [
    ("*it*", "<p><em>it</em></p>"), ("- a\n- **b**", "<ul><li>a</li><li><strong>b</strong></li></ul>"),
    ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"), ("---", "<hr>"),
    ("```\n<b>\n```\nx", "<pre>&lt;b&gt;</pre><p>x</p>"),
    ("```\nopen", "<pre>open</pre>"),
    (
      "|a|b|\n|-|:-:|\n|1|**2**|",
      """
      <div class="table"><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><strong>2</strong></td></tr></table></div>
      """
    ),
    (#"<font color="info">x</font>"#, "<p>&lt;font color=&quot;info&quot;&gt;x&lt;/font&gt;</p>"),
  ])
  func theSecondDialect(text: String, html: String) {
    #expect(Self.v2(text) == html)
  }

  @Test func linksLeaveWithoutATrace() {
    let link = Self.v1("[群规](https://example.com/?a=1&b=2)")
    #expect(link.contains(#"href="https://example.com/?a=1&amp;b=2""#))
    #expect(link.contains(#"rel="noopener noreferrer nofollow""#) && link.contains(">群规</a>"))
  }

  @Test(arguments: [
    ("看https://example.com/a，谢谢", "https://example.com/a"), ("(see http://example.com).", "http://example.com"),
    ("https://example.com/a(b)", "https://example.com/a(b)"),
    ("https://example.com/?q=1&r=\"x", "https://example.com/?q=1&amp;r="),
  ])
  func addressesInTextEndWhereTheSentenceGoesOn(text: String, address: String) {
    let html = LinkedText.html(text).text
    #expect(html.contains("href=\"\(address)\""))
    #expect(html.replacing(/<[^>]*>/, with: "") == HTML.escaping(text).text)
  }

  @Test(arguments: [
    "https://", "http:///x", "javascript:alert(1)", "data:text/html,x", "//x", "", "ftp://x", "https:x",
  ])
  func otherAddressesAreNoLinks(text: String) {
    #expect(WebLink(text) == nil)
    #expect(!LinkedText.html(text).text.contains("<a"))
  }

  @Test(arguments: 0..<200)
  func randomMarksNeverBecomeForeignTags(seed: UInt64) {
    var dice = SeededDice(seed: seed)
    let pieces = [
      "*", "**", "`", "```", "[", "](", ")", "<", ">", "<font color=\"info\">", "</font>", "<@", "|", "-", "# ", "\n",
      "x",
      "http://e.com", "<script>", "\"", "1. ", "!", "暖",
    ]
    let text = (0..<60).map { _ in pieces[Int(dice.roll() * Double(pieces.count))] }.joined()
    let allowed: Set = [
      "p", "strong", "em", "code", "span", "a", "blockquote", "br", "pre", "hr", "ul", "ol", "li", "div", "table", "tr",
      "th", "td",
    ]
    for html in [Self.v1(text), Self.v2(text)] {
      var open: [String] = []
      for tag in html.matches(of: /<(\/?)([^ >]*)[^>]*>/) {
        let name = String(tag.output.2)
        #expect(allowed.contains(name), "seed \(seed)")
        if ["br", "hr"].contains(name) { continue }
        if tag.output.1.isEmpty {
          open.append(name)
        } else {
          #expect(open.popLast() == name, "seed \(seed)")
        }
      }
      #expect(open.isEmpty, "seed \(seed)")
    }
  }

  @Test func timesAreAsShortAsTheyCanBe() throws {
    let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
    let now = try #require(Moment("2026-03-04T09:30:00+08:00"))
    func time(_ language: Language) -> ChatTime { ChatTime(language, zone: zone, now: now) }
    let moments = try ["2026-03-04T00:00:05", "2026-03-03T23:59:00", "2026-03-01T08:00:00", "2025-12-31T08:05:00"]
      .map { try #require(Moment("\($0)+08:00")) }
    #expect(moments.map(time(.zhHans).short) == ["00:00", "昨天", "星期日", "2025/12/31"])
    #expect(moments.map(time(.en).short) == ["00:00", "Yesterday", "Sunday", "31 Dec"])
    #expect(
      moments.map(time(.zhHans).separator) == ["00:00", "昨天 23:59", "星期日 08:00", "2025年12月31日 08:05"])
    #expect(moments.map(time(.en).separator).last == "31 Dec 2025 08:05")
    #expect(time(.en).precise(moments[0]) == "00:00:05")
  }

  @Test func roomsAreGroupedByBrandAndSortedByTheirLastMessage() {
    func room(_ id: Int, _ brand: String, last: Int?) -> RoomSummary {
      var room = Room(id: id, brand: brand, name: "room \(id)", colour: "#000000", members: nil)
      if let last {
        _ = room.post(
          ChatMessage(
            number: last, at: Moment(milliseconds: 0), robot: RobotID(key: "k"), robotName: "", robotColour: "",
            room: id, content: .text("x", mentions: [])), keeping: 5)
      }
      return RoomSummary(room)
    }
    let viewer = Viewer(language: .en, time: ChatTime(.en, zone: .gmt, now: Moment(milliseconds: 0)))
    let rooms = [room(1, "a", last: 3), room(2, "b", last: 9), room(3, "a", last: 5), room(4, "a", last: nil)]
    let groups = RoomList(rooms: rooms, viewer: viewer).groups
    #expect(groups.map(\.brand) == ["a", "b"])
    #expect(groups[0].rooms.map(\.id) == [3, 1, 4])
  }
}
