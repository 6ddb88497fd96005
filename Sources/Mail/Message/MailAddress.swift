/// Whom mail comes from or goes to: an address, and a name to show with it.
public struct MailAddress: Sendable, Hashable {
  /// The address itself, `chen@example.com`.
  public let address: String
  /// The name that mail programs show.
  public let name: String?

  /// The most octets that an address may have.
  public static let longest = 254

  /// An address that SMTP can carry anywhere. It is not asked whether anybody reads there.
  public init(_ address: String, name: String? = nil) throws(MailAddressProblem) {
    guard !address.isEmpty else { throw .empty }
    guard address.utf8.count <= Self.longest else { throw .tooLong(limit: Self.longest) }
    guard address.utf8.allSatisfy({ $0 < 0x80 }) else { throw .international }
    guard address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { throw .forbiddenCharacter }
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw .notOneAt }
    guard Self.isLocalPart(parts[0]) else { throw .localPart }
    guard Self.isDomain(parts[1]) else { throw .domain }
    if let name, !HeaderText.isSafe(name) { throw .name }
    self.address = address
    self.name = name
  }

  /// Reads an address with or without its name: `Nuanqun <no-reply@example.com>`.
  public init(parsing text: String) throws(MailAddressProblem) {
    guard let opening = text.firstIndex(of: "<") else {
      try self.init(text)
      return
    }
    guard text.last == ">" else { throw .forbiddenCharacter }
    let address = text[text.index(after: opening)...].dropLast()
    var name = text[..<opening]
    while name.last == " " { name = name.dropLast() }
    if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
    try self.init(String(address), name: name.isEmpty ? nil : String(name))
  }

  /// The part after the @.
  var domain: Substring { address.split(separator: "@").last ?? "" }

  /// Words joined by dots. What is allowed beyond them, in quotes, hardly any server takes.
  private static func isLocalPart(_ part: Substring) -> Bool {
    (1...64).contains(part.utf8.count)
      && part.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
        !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "!#$%&'*+-/=?^_`{|}~".contains($0) }
      }
  }

  private static func isDomain(_ part: Substring) -> Bool {
    part.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
    }
  }
}

/// Why something is no address that mail can be sent to.
public enum MailAddressProblem: Error, Sendable, Hashable {
  /// Nothing is there.
  case empty
  /// It has more octets than that.
  case tooLong(limit: Int)
  /// It has letters beyond ASCII: many servers take none. A domain can be given in its `xn--` form.
  case international
  /// It has a space, a control character, or text around an address that cannot be told apart from it.
  case forbiddenCharacter
  /// It has no @, or several.
  case notOneAt
  /// What stands before the @ is no row of words joined by dots.
  case localPart
  /// What stands after the @ is no name of a host.
  case domain
  /// The name to show holds a line break or another control character.
  case name
}
