import Community
import Foundation
import Hummingbird
import Identifiers

/// The query of a request. A parameter that the route does not take is a problem, not noise: a misspelt filter would
/// answer too much.
struct Query {
  private let values: [String: String]
  private(set) var problems: [FieldProblem] = []

  /// - Throws: `InvalidInput` for parameters other than the allowed ones, and for those that stand there twice.
  init(_ request: Request, allowing allowed: Set<String> = []) throws {
    var values: [String: String] = [:]
    var problems: [FieldProblem] = []
    for (name, value) in request.uri.queryParameters {
      let (name, value) = (String(name), String(value))
      if !allowed.contains(name) {
        problems.append(FieldProblem(name, .unknownField, limit: allowed.sorted().joined(separator: ", ").nonEmpty))
      } else if values.updateValue(value, forKey: name) != nil {
        problems.append(FieldProblem(name, .tooManyItems, limit: "1"))
      } else if value.utf8.contains(0) {
        problems.append(FieldProblem(name, .malformed))
      }
    }
    guard problems.isEmpty else { throw InvalidInput(problems) }
    self.values = values
  }

  func text(_ name: String) -> String? { values[name] }

  func id<Subject>(_ name: String, of subject: Subject.Type = Subject.self) throws -> ID<Subject>? {
    guard let text = values[name] else { return nil }
    guard let id = ID<Subject>(text) else {
      throw InvalidInput(name, .malformed, limit: ID<Subject>.example, actual: text)
    }
    return id
  }

  func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ name: String, of type: Choice.Type = Choice.self
  ) throws -> Choice? {
    guard let text = values[name] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw InvalidInput(name, .unknownValue, limit: all, actual: text)
    }
    return choice
  }

  func flag(_ name: String) throws -> Bool {
    switch values[name] {
    case nil, "false": false
    case "true": true
    case let other: throw InvalidInput(name, .unknownValue, limit: "true, false", actual: other)
    }
  }

  func number(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws -> Int {
    guard let text = values[name] else { return standard }
    guard let number = Int(text) else { throw InvalidInput(name, .wrongType, limit: "integer", actual: text) }
    guard range.contains(number) else {
      throw InvalidInput(name, .outOfRange, limit: "\(range.lowerBound)–\(range.upperBound)", actual: text)
    }
    return number
  }
}

extension Query {
  /// The parameters of a list.
  static let paging: Set<String> = ["limit", "after"]

  /// The page that is asked for.
  func page() throws -> PageRequest {
    PageRequest(limit: try limit(), after: try id("after", of: AnyRow.self)?.uuid)
  }

  func limit() throws -> Int { try number("limit", default: 50, in: 1...200) }

  /// A row of whatever list.
  private enum AnyRow {}
}

extension String {
  fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
