/// Reads the fields of a recurrence's JSON one by one and notes what is wrong with each, rather than stop at the first.
struct RecurrenceFields {
  struct Name: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    init(stringLiteral value: String) { stringValue = value }
  }

  private let container: KeyedDecodingContainer<Name>
  private(set) var problems: [RecurrenceError.Problem] = []

  init(_ container: KeyedDecodingContainer<Name>) {
    self.container = container
  }

  mutating func note(_ field: String, _ code: RecurrenceError.Code) {
    problems.append(.init(field: field, code: code))
  }

  mutating func refuseAllBut(_ names: Set<String>) {
    for key in container.allKeys.map(\.stringValue).sorted() where !names.contains(key) { note(key, .unknownField) }
  }

  mutating func text(_ field: String) -> String? { value(field, String.self) }

  mutating func date(_ field: String) -> CivilDate? {
    guard let text = text(field) else { return nil }
    do { return try CivilDate(iso: text) } catch {
      if case .noSuchDay = error { note(field, .nonexistent) } else { note(field, .malformed) }
      return nil
    }
  }

  mutating func time(_ field: String) -> WallTime? {
    guard let text = text(field) else { return nil }
    return time(field, text)
  }

  mutating func times() -> [WallTime]? {
    guard let texts = value("times", [String].self) else { return nil }
    return texts.enumerated().compactMap { time("times[\($0)]", $1) }
  }

  mutating func weekdays() -> [Weekday]? {
    guard let texts = value("weekdays", [String].self) else { return nil }
    return texts.enumerated().compactMap { index, text in
      let weekday = Weekday(name: text)
      if weekday == nil { note("weekdays[\(index)]", .malformed) }
      return weekday
    }
  }

  mutating func every() -> Int? { isPresent("every") ? value("every", Int.self) : 1 }

  mutating func end() -> Recurrence.End {
    let date = isPresent("until") ? date("until") : nil
    let count = isPresent("count") ? value("count", Int.self) : nil
    if isPresent("until"), isPresent("count") { note("count", .conflict) }
    return date.map { .on($0) } ?? count.map { .after(occurrences: $0) } ?? .never
  }

  private func isPresent(_ field: String) -> Bool {
    (try? container.decodeNil(forKey: Name(stringValue: field))) == false
  }

  private mutating func value<Value: Decodable>(_ field: String, _ type: Value.Type) -> Value? {
    guard isPresent(field) else {
      note(field, .required)
      return nil
    }
    guard let value = try? container.decode(type, forKey: Name(stringValue: field)) else {
      note(field, .malformed)
      return nil
    }
    return value
  }

  private mutating func time(_ field: String, _ text: String) -> WallTime? {
    do { return try WallTime(iso: text) } catch {
      if case .noSuchTime = error { note(field, .nonexistent) } else { note(field, .malformed) }
      return nil
    }
  }
}
