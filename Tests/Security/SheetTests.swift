import Foundation
import Testing

/// The sheet tells the truth about where to look.
@Suite struct SheetTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func read(_ path: String) -> String? {
    let url = root.appending(path: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return nil }
    return isFolder.boolValue ? "" : try? String(contentsOf: url, encoding: .utf8)
  }

  private static func file(_ name: String) throws -> String {
    try #require(read("Tests/Security/\(name)"))
  }

  /// As many items as the standard has on these levels, outside of the chapters on OAuth and WebRTC.
  @Test func theStandardsItemsAreKnown() throws {
    let items = StandardItem.list(try Self.file("asvs-ids.txt"))
    #expect(items.count == 217 && Set(items.map(\.id)).count == 217)
    for item in items {
      #expect(item.id.wholeMatch(of: /V[1-9][0-9]?\.[1-9][0-9]?\.[1-9][0-9]?/) != nil, "\(item.id)")
      #expect(
        ["1", "2"].contains(item.level) && !item.id.hasPrefix("V10.") && !item.id.hasPrefix("V17."), "\(item.id)")
    }
  }

  @Test func everyItemStandsThereAndLeadsSomewhere() throws {
    let sheet = try Sheet(csv: try Self.file("asvs.csv"))
    let examination = Examination(standard: StandardItem.list(try Self.file("asvs-ids.txt")), read: Self.read)
    let faults = examination.faults(of: sheet)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    #expect(sheet.items.count == 217)
  }

  /// That something is done is not shown by a page that says so.
  @Test func pagesAloneShowOnlyWhatHasToBeWrittenDown() throws {
    for item in try Sheet(csv: try Self.file("asvs.csv")).items where item.status == Sheet.Status.met.rawValue {
      let isPagesAlone = item.pointers.allSatisfy { $0.contains(".md#") }
      #expect(!isPagesAlone || item.what.contains("written down") || item.what.contains("inventory"), "\(item.id)")
    }
  }
}
