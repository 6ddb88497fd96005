/// What is wrong with one field of what a person or a program sent: enough to say it in any language.
public struct FieldProblem: Error, Sendable, Hashable, Codable {
  /// What can be wrong.
  public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
    case required
    case tooLong = "too_long"
    case tooManyBytes = "too_many_bytes"
    case tooManyItems = "too_many_items"
    case outOfRange = "out_of_range"
    case malformed
    case wrongType = "wrong_type"
    case unknownField = "unknown_field"
    case unknownValue = "unknown_value"
    case unknownReference = "unknown_reference"
    case taken
    case nothingAhead = "nothing_ahead"
    case emptyAudience = "empty_audience"
    case readOnly = "read_only"
    case notPublic = "not_public"
  }

  /// Where: a JSON pointer (RFC 6901) into the body, or the name of a parameter.
  public let field: String
  /// What.
  public let code: Code
  /// The limit that was passed, or the values that are allowed, as text.
  public let limit: String?
  /// What was sent, where it helps and is short.
  public let actual: String?

  /// A problem of a field.
  public init(_ field: String, _ code: Code, limit: String? = nil, actual: String? = nil) {
    self.field = field
    self.code = code
    self.limit = limit
    self.actual = actual
  }
}

/// Everything that is wrong with what was sent; nothing was done.
public struct InvalidInput: Error, Sendable, Hashable {
  /// At least one.
  public let problems: [FieldProblem]

  /// Several problems.
  public init(_ problems: [FieldProblem]) {
    self.problems = problems
  }

  /// One problem.
  public init(_ field: String, _ code: FieldProblem.Code, limit: String? = nil, actual: String? = nil) {
    problems = [FieldProblem(field, code, limit: limit, actual: actual)]
  }
}

/// The thing is not there, or it is another brand's: the two are not told apart.
public struct NotFound: Error, Sendable, Hashable {
  /// Not there.
  public init() {}
}

/// The thing was changed since it was read.
public struct EditConflict: Error, Sendable, Hashable {
  /// The version that stands now.
  public let current: Int
}

/// What is asked for does not fit the state that the thing is in.
public struct WrongState: Error, Sendable, Hashable {
  /// The state that it is in.
  public let state: String

  /// A refusal with the state.
  public init(state: String) {
    self.state = state
  }
}

/// Collects problems while fields are looked at.
struct FieldCheck {
  private(set) var problems: [FieldProblem] = []

  mutating func add(_ field: String, _ code: FieldProblem.Code, limit: String? = nil, actual: String? = nil) {
    problems.append(FieldProblem(field, code, limit: limit, actual: actual))
  }

  /// Text that must be there, up to a number of characters.
  mutating func text(_ field: String, _ value: String?, upTo limit: Int, isRequired: Bool = true) {
    guard let value else {
      if isRequired { add(field, .required) }
      return
    }
    if value.allSatisfy(\.isWhitespace) { add(field, .required) }
    // By scalars, as the schema's checks count.
    let length = value.unicodeScalars.count
    if length > limit { add(field, .tooLong, limit: "\(limit)", actual: "\(length)") }
    if value.unicodeScalars.contains("\0") { add(field, .malformed) }
  }

  mutating func range(_ field: String, _ value: Int, _ range: ClosedRange<Int>) {
    if !range.contains(value) {
      add(field, .outOfRange, limit: "\(range.lowerBound)–\(range.upperBound)", actual: "\(value)")
    }
  }

  func finish() throws {
    if !problems.isEmpty { throw InvalidInput(problems) }
  }
}
