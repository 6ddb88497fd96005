/// A text for people in every language, with places for what is known only when it is said.
///
/// A place is written `{limit}`. A part in square brackets is left out when one of its places has no value:
/// `at most {limit}[, this has {actual}]`.
public struct Phrase: Sendable, Hashable {
  /// What can be filled in.
  public enum Place: String, Sendable, Hashable, CaseIterable {
    case field
    case limit
    case actual
    case line
    case column
    case offset
    case row
    case key
    case state
    case name
    case count
    case until
    case brand
  }

  /// The text in Simplified Chinese.
  let chinese: String
  /// The text in English.
  let english: String

  /// A phrase; a language cannot be forgotten.
  public init(zh chinese: String, en english: String) {
    self.chinese = chinese
    self.english = english
  }

  /// The text in a language with its places filled in. A place outside of brackets that has no value is shown as `…`.
  public func text(in language: Language, _ values: [Place: String] = [:]) -> String {
    let template = template(in: language)
    var text = ""
    var rest = template[...]
    while let opening = rest.firstIndex(of: "["), let closing = rest[opening...].firstIndex(of: "]") {
      text += Self.fill(rest[..<opening], values).text
      let part = Self.fill(rest[rest.index(after: opening)..<closing], values)
      if part.isWhole { text += part.text }
      rest = rest[rest.index(after: closing)...]
    }
    return text + Self.fill(rest, values).text
  }

  func template(in language: Language) -> String {
    switch language {
    case .chinese: chinese
    case .english: english
    }
  }

  private static func fill(_ template: Substring, _ values: [Place: String]) -> (text: String, isWhole: Bool) {
    var (text, isWhole, rest) = ("", true, template)
    while let opening = rest.firstIndex(of: "{"), let closing = rest[opening...].firstIndex(of: "}") {
      text += rest[..<opening]
      let place = Place(rawValue: String(rest[rest.index(after: opening)..<closing]))
      let value = place.flatMap { values[$0] }
      isWhole = isWhole && value != nil
      text += value ?? "…"
      rest = rest[rest.index(after: closing)...]
    }
    return (text + rest, isWhole)
  }
}
