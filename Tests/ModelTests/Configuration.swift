import Foundation
import Testing

/// One way to search the model, and what has to come of it.
struct Configuration: Decodable, Sendable, CustomTestStringConvertible {
  enum Outcome: String, Decodable, Sendable {
    case holds
    case fails
  }

  let name: String
  /// How much there is of everything, as `NAME=NUMBER`; and for a control the name of the guard that is taken away.
  let macros: [String]
  let outcome: Outcome
  /// What has to fail, by the name that it has in the model.
  let assertion: String?
  /// What that shows, for people.
  let shows: String

  var testDescription: String { name }

  var expected: Verdict? {
    switch (outcome, assertion) {
    case (.holds, nil): .holds
    case (.fails, let assertion?): .fails(assertion)
    default: nil
    }
  }
}

/// The files in `Models`.
struct Models: Decodable, Sendable {
  let model: String
  let configurations: [Configuration]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Models")

  static let all = Result {
    try JSONDecoder().decode(Models.self, from: Data(contentsOf: folder.appending(path: "configurations.json")))
  }

  /// The text of the model and of everything that it includes.
  static func text() throws -> String {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "pml" }
      .map { try String(contentsOf: $0, encoding: .utf8) }
      .joined(separator: "\n")
  }
}
