import Almanac
import Community

extension RecurrenceError {
  /// Says each problem in the terms of the other fields, at its place under `place`.
  func note(in log: ProblemLog, _ json: JSONValue, at place: JSONPointer) {
    for problem in problems {
      let path = Self.path(problem.field)
      var (target, value) = (place, Optional(json))
      for step in path {
        switch step {
        case .name(let name): (target, value) = (target.appending(name), value?[name])
        case .index(let index):
          target = target.appending(index)
          value = value?.array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
        }
      }
      let (code, limit) = Self.translate(problem)
      log.note(target, code, limit: limit, actual: code == .required ? nil : value?.shown)
    }
  }

  private enum Step {
    case name(String)
    case index(Int)
  }

  /// `times[2]` is the element 2 of `times`.
  private static func path(_ field: String) -> [Step] {
    let parts = field.split(separator: "[", maxSplits: 1)
    let index = parts.count == 2 ? Int(parts[1].dropLast()) : nil
    return [.name(String(parts.first ?? ""))] + (index.map { [.index($0)] } ?? [])
  }

  private static func translate(_ problem: Problem) -> (FieldProblem.Code, limit: String?) {
    let field = problem.field.prefix { $0 != "[" }
    switch problem.code {
    case .required, .empty: return (.required, nil)
    case .unknownField: return (.unknownField, nil)
    case .nonexistent: return (.unknownValue, nil)
    case .duplicate: return (.unknownValue, nil)
    case .tooMany: return (.tooManyItems, field == "weekdays" ? "7" : "96")
    case .outOfRange: return (.outOfRange, field == "every" ? "1–366" : "1–100000")
    case .beforeStart: return (.outOfRange, "≥ start")
    case .conflict: return (.malformed, "until | count")
    case .neverOccurs: return (.nothingAhead, nil)
    case .malformed: return malformed(field)
    }
  }

  private static func malformed(_ field: Substring) -> (FieldProblem.Code, limit: String?) {
    switch field {
    case "kind": (.unknownValue, "once, daily, weekly")
    case "weekdays": (.unknownValue, Weekday.allCases.map { "\($0)" }.joined(separator: ", "))
    case "time", "times": (.malformed, WallTime.example)
    case "date", "start", "until": (.malformed, CivilDate.example)
    default: (.malformed, nil)
    }
  }
}

extension JSONValue {
  /// A scalar as it was sent.
  fileprivate var shown: String? {
    switch self {
    case .string(let text): text
    case .number(let digits): digits
    case .bool(let value): "\(value)"
    case .null, .array, .object: nil
    }
  }
}
