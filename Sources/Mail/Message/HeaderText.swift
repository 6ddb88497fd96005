import Foundation

/// The texts of headers: RFC 5322, with RFC 2047 for what is not ASCII.
enum HeaderText {
  /// Whether a text can stand in a header: a line break in it would begin another one.
  static func isSafe(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
  }

  /// A text of its own, such as a subject.
  static func unstructured(_ text: String) -> String {
    isPlain(text) && text.utf8.count <= 66 ? text : encodedWords(text)
  }

  static func address(_ address: MailAddress) -> String {
    guard let name = address.name, !name.isEmpty else { return address.address }
    guard isPlain(name), name.utf8.count <= 50 else { return "\(encodedWords(name))\r\n <\(address.address)>" }
    let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(quoted)\"\r\n <\(address.address)>"
  }

  static func addresses(_ addresses: [MailAddress]) -> String {
    addresses.map(address).joined(separator: ",\r\n ")
  }

  /// Whether nothing has to be encoded. Spaces at an end would be lost, and what looks encoded would be decoded.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } && !text.contains("=?") && text.first != " " && text.last != " "
  }

  /// A word holds at most so many bytes, so that no line with one is longer than RFC 2047 allows.
  private static let bytesPerWord = 36

  /// No character is divided between two words: programs decode each by itself.
  private static func encodedWords(_ text: String) -> String {
    var words: [[UInt8]] = [[]]
    for scalars in text.map({ $0.utf8.count <= bytesPerWord ? [String($0)] : $0.unicodeScalars.map(String.init) }) {
      for piece in scalars {
        if words[words.count - 1].count + piece.utf8.count > bytesPerWord { words.append([]) }
        words[words.count - 1] += Array(piece.utf8)
      }
    }
    return words.map { "=?UTF-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
  }

  /// `Sun, 11 Oct 2026 09:15:00 +0000`
  static func date(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let day = "\(days[Int(parts.tm_wday)]), \(parts.tm_mday) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1_900)"
    return day + String(format: " %02d:%02d:%02d +0000", parts.tm_hour, parts.tm_min, parts.tm_sec)
  }
}
