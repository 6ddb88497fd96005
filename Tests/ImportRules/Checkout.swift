import Foundation
import Testing

/// The project's own files.
enum Checkout {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The names of the modules that have a folder.
  static func modules() throws -> Set<String> {
    let folders = try FileManager.default.contentsOfDirectory(
      at: root.appending(path: "Sources"), includingPropertiesForKeys: [.isDirectoryKey])
    return Set(
      folders.filter { $0.hasDirectoryPath && !$0.lastPathComponent.hasPrefix(".") }.map(\.lastPathComponent))
  }

  /// Every Swift source outside the tests, read once.
  static let sources = Result { try readSources() }

  private static func readSources() throws -> [SourceFile] {
    try modules().sorted().flatMap { try sources(in: "Sources/\($0)", module: $0) }
      + sources(in: "workers", module: "Workers")
  }

  private static func sources(in folder: String, module: String) throws -> [SourceFile] {
    let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    return try (files?.allObjects ?? []).compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted()
      .map { SourceFile(path: "\(folder)/\($0)", module: module, text: try text("\(folder)/\($0)")) }
  }
}

/// Something in the sources that breaks a rule.
struct Finding: Equatable, CustomStringConvertible {
  let path: String
  let line: Int
  let problem: String

  var description: String { "\(path):\(line): \(problem)" }
}

/// Expects that there are no findings, and lists those that there are.
func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(
    findings.isEmpty, "\(findings.map(\.description).joined(separator: "\n"))", sourceLocation: sourceLocation)
}
