import Foundation
import Identifiers
import Postgres
import Testing

@testable import Channels
@testable import Community

/// A platform with the limits that WeCom documents, and no way to it.
private struct Limited: ChannelAdapter {
  let kind = ChannelKind.weComRobot
  let rate = ChannelRate(limit: 20, per: .seconds(60))
  let destinationsPerDispatch = 1

  func problems(with message: OutgoingMessage) -> [MessageProblem] { WeComRobotLimits().problems(with: message) }

  func prepare(
    _ message: OutgoingMessage, for account: ChannelAccount, firstByteBy: ContinuousClock.Instant?
  ) async -> DispatchOutcome? { nil }

  func send(
    _ message: OutgoingMessage, to destinations: [DispatchDestination], through account: ChannelAccount,
    firstByteBy: ContinuousClock.Instant
  ) async -> DispatchOutcome { .unreached }
}

@Suite struct ContentStoreTests {
  private func draft(_ kind: String, _ body: [String: Any], title: String = "标题") throws -> ContentDraft {
    try decoded(["title": title, "kind": kind, "weight": "core", "body": body])
  }

  private func expectProblems(
    _ expected: [FieldProblem], with kind: String, _ body: [String: Any], _ brand: BrandFixture,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let draft = try draft(kind, body)
    var problems: [FieldProblem] = []
    do {
      try await brand.work { _ = try await ContentStore($0).create(draft, fitFor: [Limited()]) }
    } catch let input as InvalidInput {
      problems = input.problems
    }
    #expect(problems == expected, sourceLocation: sourceLocation)
  }

  @Test func thePlatformsLimitsAreNamedByTheFieldWithTheirBytes() async throws {
    try await withBrand { brand in
      // 700 characters of three bytes each.
      let text = String(repeating: "暖", count: 700)
      try await expectProblems(
        [FieldProblem("/body/text", .tooManyBytes, limit: "2048", actual: "2100")], with: "text", ["text": text], brand)
      try await expectProblems([], with: "markdown", ["text": text], brand)
      try await expectProblems(
        [FieldProblem("/body/text", .tooManyBytes, limit: "4096", actual: "4200")],
        with: "markdown", ["text": text + text], brand)
      try await expectProblems([FieldProblem("/body/text", .required)], with: "text", ["text": " \n"], brand)
      let long = String(repeating: "长", count: 200)
      try await expectProblems(
        [
          FieldProblem("/body/title", .tooManyBytes, limit: "128", actual: "600"),
          FieldProblem("/body/description", .tooManyBytes, limit: "512", actual: "600"),
        ], with: "link_card", ["title": long, "description": long, "url": "https://example.com"], brand)
      #expect(try await ContentStore(brand.reader).page(PageRequest(limit: 9, after: nil)).items.count == 1)
    }
  }

  @Test func aFileThatIsTooSmallIsNamed() async throws {
    try await withBrand { brand in
      let tiny = try await brand.work { try await MediaStore($0).create(name: "小", bytes: Data([1])) }
      try await expectProblems(
        [FieldProblem("/body/media_id", .outOfRange, limit: "≥ 5", actual: "1")],
        with: "file", ["media_id": tiny.description], brand)
    }
  }

  @Test func fieldsBelongToTheirKind() async throws {
    try await withBrand { brand in
      try await expectProblems(
        [FieldProblem("/body/text", .required), FieldProblem("/body/url", .unknownField)],
        with: "text", ["url": "https://example.com"], brand)
      try await expectProblems(
        [
          FieldProblem("/body/url", .malformed, limit: "https://…"),
          FieldProblem("/body/picture_url", .malformed, limit: "https://…"),
        ], with: "link_card", ["title": "卡", "url": "javascript:alert(1)", "picture_url": "图"], brand)
      try await expectProblems([FieldProblem("/body/media_id", .required)], with: "image", [:], brand)
    }
  }

  /// A zero byte is no text for the database: it has to be refused by its field, not by a failure.
  @Test func aZeroByteIsNamed() async throws {
    try await withBrand { brand in
      try await expectProblems([FieldProblem("/body/text", .malformed)], with: "text", ["text": "早\0安"], brand)
      try await expectProblems(
        [FieldProblem("/body/title", .malformed), FieldProblem("/body/description", .malformed)],
        with: "link_card", ["title": "卡\0", "description": "\0", "url": "https://example.com"], brand)
    }
  }

  @Test func anEditAddsAVersionAndKeepsTheOldOne() async throws {
    try await withBrand { brand in
      let content = try await brand.addText("第一版")
      let (second, late) = (try draft("text", ["text": "第二版"]), try draft("text", ["text": "晚了"]))
      try await brand.work { try await ContentStore($0).update(content, second, ifVersion: 1, fitFor: []) }
      await #expect(throws: EditConflict(current: 2)) {
        try await brand.work { try await ContentStore($0).update(content, late, ifVersion: 1, fitFor: []) }
      }
      #expect(try await ContentStore(brand.reader).content(content).body.text == "第二版")
      let rows = try await brand.query("select body ->> 'text' as text from content_versions order by version")
      let texts: [String] = try rows.map { try $0.value("text") }
      #expect(texts == ["第一版", "第二版"])
    }
  }

  @Test func theKindStaysAsItIs() async throws {
    try await withBrand { brand in
      let content = try await brand.addText()
      let markdown = try draft("markdown", ["text": "**好**"])
      await #expect(throws: InvalidInput("/kind", .readOnly)) {
        try await brand.work { try await ContentStore($0).update(content, markdown, ifVersion: nil, fitFor: []) }
      }
      await #expect(throws: NotFound()) {
        try await brand.work { try await ContentStore($0).update(ID(), markdown, ifVersion: nil, fitFor: []) }
      }
    }
  }
}
