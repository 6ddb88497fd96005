import Almanac
import Community
import Foundation
import Sheets
import Testing

/// The demo's files are what this reader is for: they hold it to the forms that agencies use.
@Suite struct DemoDataTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources/nuanqun/Demo/Data").standardized

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Self.folder.appending(path: path)))
  }

  @Test(arguments: [
    ("yaban", SheetEncoding.utf8, SheetSeparator.comma, 20, 1000), ("shixianli", .gb18030, .comma, 20, 1000),
    ("yutang", .utf8, .semicolon, 20, 1000), ("yingshu", .utf8, .comma, 4, 40),
  ])
  func sheetsAreReadWithoutAProblem(
    _ brand: String, _ encoding: SheetEncoding, _ separator: SheetSeparator, _ groupCount: Int, _ memberCount: Int
  ) throws {
    let groups = try GroupSheet.read(try bytes("\(brand)/groups.csv"))
    #expect(groups.problems.isEmpty)
    #expect((groups.encoding, groups.separator, groups.ignoredColumns) == (encoding, separator, []))
    #expect(groups.rows.count == groupCount)
    #expect(Set(groups.rows.compactMap(\.robot?.key)).count == groupCount)
    #expect(groups.rows.allSatisfy { $0.region != nil && $0.kind != nil && $0.owner != nil && $0.capacity != nil })
    #expect(groups.rows.allSatisfy { $0.tags.count > 1 })

    let members = try MemberSheet.read(try bytes("\(brand)/members.csv"))
    #expect(members.problems.isEmpty)
    #expect((members.encoding, members.separator, members.ignoredColumns) == (encoding, separator, []))
    #expect(members.rows.count == memberCount)
    #expect(members.rows.allSatisfy { $0.externalID != nil && $0.joined != nil })
    #expect(Set(members.rows.flatMap(\.groups)) == Set(groups.rows.map(\.name)))
    for group in groups.rows {
      let size = members.rows.count { $0.groups.contains(group.name) }
      #expect(size <= group.capacity ?? 0, "\(group.name)")
    }
    let inSeveral = members.rows.count { (2...3).contains($0.groups.count) }
    #expect((memberCount / 20...memberCount / 5).contains(inSeveral))
  }

  struct Content: Decodable {
    struct Link: Decodable { let title, description, url, picture_url: String }
    let title, weight, kind: String
    let text, markdown, file: String?
    let link: Link?
  }

  struct Plan: Decodable {
    let name: String
    let contents: [String]
    let due, expect: String?
  }

  @Test(arguments: ["yaban", "shixianli", "yutang", "yingshu"])
  func contentsFitTheRobotsLimits(_ brand: String) throws {
    let contents = try JSONDecoder().decode([Content].self, from: Data(try bytes("\(brand)/contents.json")))
    #expect(Set(contents.map(\.title)).count == contents.count)
    for content in contents {
      #expect(["core", "interactive", "service"].contains(content.weight))
      switch content.kind {
      case "text": #expect((1...2048).contains(try #require(content.text).utf8.count))
      case "markdown": #expect((1...4096).contains(try #require(content.markdown).utf8.count))
      case "image":
        let image = try bytes("\(brand)/\(try #require(content.file))")
        #expect(image.starts(with: [0x89, 0x50, 0x4E, 0x47]) && image.count <= 120 << 10)
      case "link_card":
        let link = try #require(content.link)
        #expect((1...128).contains(link.title.utf8.count) && (1...512).contains(link.description.utf8.count))
        #expect(URL(string: link.url)?.host()?.hasSuffix(".example") == true)
      default: Issue.record("\(content.title): \(content.kind)")
      }
    }
  }

  @Test(arguments: ["yaban", "shixianli", "yutang", "yingshu"])
  func plansNameContentsAndHaveValidRecurrences(_ brand: String) throws {
    let text = String(decoding: try bytes("\(brand)/plans.json"), as: UTF8.self)
    let filled = Data(text.replacing("{date}", with: "2026-11-22").replacing("{time}", with: "14:03:07").utf8)
    let contents = try JSONDecoder().decode([Content].self, from: Data(try bytes("\(brand)/contents.json")))
    for plan in try JSONDecoder().decode([Plan].self, from: filled) {
      #expect(Set(plan.contents).isSubset(of: contents.map(\.title)), "\(plan.name)")
      #expect((plan.due == nil) == (plan.expect == nil))
    }
    struct Rule: Decodable { let due: String?, recurrence: Recurrence }
    let shanghai = try Zone("Asia/Shanghai")
    let now = shanghai.resolve(try CivilDate(iso: "2026-11-22"), try WallTime(iso: "14:03:07")).instant
    for rule in try JSONDecoder().decode([Rule].self, from: filled) {
      let first = rule.recurrence.occurrences(in: now ..< .distantFuture, zone: shanghai).first { _ in true }
      #expect(first != nil)
      if rule.due != nil { #expect(first?.planned.instant == now) }
    }
  }
}
