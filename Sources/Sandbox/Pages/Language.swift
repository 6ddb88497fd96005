/// A language of the pages.
enum Language: String, Sendable, CaseIterable {
  case zhHans = "zh-Hans"
  case en

  /// The other language's own name, for the switch.
  var other: (language: Language, name: String) {
    self == .zhHans ? (.en, "English") : (.zhHans, "中文")
  }

  /// Reads `zh-Hans`, `zh-CN`, `zh`, `en`, `en-GB` and the like; nil for other languages.
  init?(tag: some StringProtocol) {
    switch tag.lowercased().split(separator: "-").first {
    case "zh": self = .zhHans
    case "en": self = .en
    default: return nil
    }
  }

  /// Chooses by what was asked for, then by what was chosen before, then by the browser's wishes.
  init(query: String?, cookie: String?, acceptLanguage: String?) {
    self =
      query.flatMap { Language(tag: $0) } ?? cookie.flatMap { Language(tag: $0) }
      ?? acceptLanguage.flatMap(Language.init(preferredOf:)) ?? .zhHans
  }

  private init?(preferredOf header: String) {
    let wishes = header.split(separator: ",").compactMap { wish -> (language: Language, quality: Double)? in
      let pieces = wish.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
      guard let tag = pieces.first, let language = Language(tag: tag) else { return nil }
      let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
      return quality > 0 ? (language, quality) : nil
    }
    // The earliest of the best: `max` alone would take the last of equals.
    guard let best = wishes.map(\.quality).max(), let wish = wishes.first(where: { $0.quality == best }) else {
      // A browser that wishes for neither gets English; one that wishes for nothing has no header at all.
      self = .en
      return
    }
    self = wish.language
  }
}

/// Words in every language of the pages; the compiler sees to it that none is missing.
struct Wording: Sendable, Hashable {
  let zhHans: String
  let en: String
}

extension Language {
  subscript(wording: Wording) -> String {
    switch self {
    case .zhHans: wording.zhHans
    case .en: wording.en
    }
  }
}
