import Community
import Foundation

/// A type that stands for one JSON value by itself.
protocol JSONPrimitive {
  /// What it is called in a problem.
  static var typeName: String { get }
  /// What a value out of range could be, or how it is written.
  static var allowed: String? { get }
  /// What goes on in place of a wrong value until the problems are reported.
  static var standIn: Self { get }

  init(json: JSONValue) throws(FieldProblem.Code)
}

extension JSONPrimitive {
  static var allowed: String? { nil }
}

extension String: JSONPrimitive {
  static var typeName: String { "string" }
  static var standIn: String { "" }

  init(json: JSONValue) throws(FieldProblem.Code) {
    guard case .string(let text) = json else { throw .wrongType }
    // Postgres keeps no NUL in a text.
    guard !text.utf8.contains(0) else { throw .malformed }
    self = text
  }
}

extension Bool: JSONPrimitive {
  static var typeName: String { "boolean" }
  static var standIn: Bool { false }

  init(json: JSONValue) throws(FieldProblem.Code) {
    guard case .bool(let value) = json else { throw .wrongType }
    self = value
  }
}

extension Double: JSONPrimitive {
  static var typeName: String { "number" }
  static var standIn: Double { 0 }

  init(json: JSONValue) throws(FieldProblem.Code) {
    guard case .number(let digits) = json else { throw .wrongType }
    guard let value = Double(digits), value.isFinite else { throw .outOfRange }
    self = value
  }
}

extension FixedWidthInteger {
  fileprivate init(integer json: JSONValue) throws(FieldProblem.Code) {
    guard case .number(let digits) = json else { throw .wrongType }
    if let value = Self(digits) {
      self = value
      return
    }
    // 12.0 and 1e3 are integers too (JSON Schema says so).
    guard let value = Double(digits) else { throw .wrongType }
    guard value.rounded() == value else { throw .wrongType }
    guard let exact = Self(exactly: value) else { throw .outOfRange }
    self = exact
  }
}

extension Int: JSONPrimitive {
  static var typeName: String { "integer" }
  static var allowed: String? { "\(Int.min)–\(Int.max)" }
  static var standIn: Int { 0 }

  init(json: JSONValue) throws(FieldProblem.Code) {
    try self.init(integer: json)
  }
}

extension Int32: JSONPrimitive {
  static var typeName: String { "integer" }
  static var allowed: String? { "\(Int32.min)–\(Int32.max)" }
  static var standIn: Int32 { 0 }

  init(json: JSONValue) throws(FieldProblem.Code) {
    try self.init(integer: json)
  }
}

extension Date: JSONPrimitive {
  static var typeName: String { "string" }
  static var allowed: String? { "2026-03-08T09:30:00Z" }
  static var standIn: Date { .distantPast }

  init(json: JSONValue) throws(FieldProblem.Code) {
    guard case .string(let text) = json else { throw .wrongType }
    guard let instant = Timestamp.parse(text) else { throw .malformed }
    self = instant
  }
}
