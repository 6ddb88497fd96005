/// HTML text in which every interpolated string is escaped.
///
/// Only a literal in this program's own source becomes markup; `\(…)` of a string is always text, for element content
/// and quoted attribute values alike.
struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
  private(set) var text = ""

  init() {}

  init(stringLiteral value: StaticString) {
    text = "\(value)"
  }

  init(stringInterpolation: StringInterpolation) {
    text = stringInterpolation.text
  }

  var isEmpty: Bool { text.isEmpty }

  static func += (left: inout HTML, right: HTML) {
    left.text += right.text
  }

  /// Text as HTML.
  static func escaping(_ text: some StringProtocol) -> HTML {
    "\(String(text))"
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: StaticString) {
      text += "\(literal)"
    }

    mutating func appendInterpolation(_ string: String) {
      for scalar in string.unicodeScalars {
        switch scalar {
        case "&": text += "&amp;"
        case "<": text += "&lt;"
        case ">": text += "&gt;"
        case "\"": text += "&quot;"
        case "'": text += "&#39;"
        // A browser would take NUL for the end or for nothing; the other controls have no place in a page either.
        case "\0"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}": text += "\u{FFFD}"
        default: text.unicodeScalars.append(scalar)
        }
      }
    }

    mutating func appendInterpolation(_ number: Int) {
      text += String(number)
    }

    mutating func appendInterpolation(_ html: HTML) {
      text += html.text
    }

    mutating func appendInterpolation(_ html: HTML?) {
      text += html?.text ?? ""
    }

    mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { text += part.text }
    }
  }
}
