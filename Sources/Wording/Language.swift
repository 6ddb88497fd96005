/// A language in which people are spoken to.
public enum Language: String, Sendable, Hashable, CaseIterable {
  /// Simplified Chinese: what is spoken unless something else is asked for.
  case chinese = "zh-Hans"
  /// English.
  case english = "en"

  /// The tag for `Content-Language` and `lang`.
  public var tag: String { rawValue }
}

extension Language {
  /// The language that suits an `Accept-Language` header (RFC 9110 section 12.5.4) best; Chinese when none does.
  ///
  /// Of languages with the same weight the one that stands first is taken. Any Chinese is taken for `zh-Hans`: readers of
  /// other scripts are served better by it than by English.
  public init(accepting header: String?) {
    var best: (language: Language, weight: Double)?
    for range in (header ?? "").split(separator: ",").prefix(32) {
      let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
      guard let tag = parts.first, let language = Language(range: tag) else { continue }
      let weight = Self.weight(parts.dropFirst())
      if weight > best?.weight ?? 0 { best = (language, weight) }
    }
    self = best?.language ?? .chinese
  }

  private init?(range: String) {
    switch range.split(separator: "-").first {
    case "zh", "*": self = .chinese
    case "en": self = .english
    default: return nil
    }
  }

  private static func weight(_ parameters: ArraySlice<String>) -> Double {
    guard let text = parameters.first(where: { $0.hasPrefix("q=") })?.dropFirst(2) else { return 1 }
    guard let weight = Double(text), (0...1).contains(weight) else { return 0 }
    return weight
  }
}
