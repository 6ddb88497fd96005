import Foundation
public import Identifiers
import Postgres

/// Which members of a brand are meant: those to whom all that is given applies.
public struct MemberFilter: Sendable, Hashable {
  /// What somebody who looks for a person has typed: a part of the name, the number, or the tail of the phone.
  public var text: String?
  /// The last digits of the phone, at least four.
  public var phoneTail: String?
  /// The number that the platform or the agency gave them.
  public var externalID: String?
  /// With this tag.
  public var tag: String?
  /// In this group now.
  public var group: ID<Group>?
  /// Whether they want to be left alone.
  public var doNotDisturb: Bool?

  /// All members.
  public init() {}

  /// Says what no member can ever have.
  ///
  /// - Parameter phones: how much of the numbers the reader sees. Who sees only tails cannot look for more of a number,
  ///   or else it could be found digit by digit.
  public func validate(_ phones: PhoneView) throws {
    var check = FieldCheck()
    check.line("q", text, upTo: 100, isRequired: false)
    check.line("external_id", externalID, upTo: 100, isRequired: false)
    check.line("tag", tag, upTo: 50, isRequired: false)
    if let phoneTail {
      let most = phones == .whole ? 18 : PhoneView.tailLength
      if !phoneTail.isDigits || !(PhoneView.tailLength...most).contains(phoneTail.count) {
        let limit = most == PhoneView.tailLength ? "5678" : "5678 – 8613812345678"
        check.add("phone_tail", .malformed, limit: limit, actual: phoneTail)
      }
    }
    try check.finish()
  }

  /// The filter as somebody may use it who sees so much of the numbers.
  public func limited(to phones: PhoneView) -> MemberFilter {
    var filter = self
    filter.findsWholePhones = phones == .whole
    return filter
  }

  private var findsWholePhones = true
}

extension MemberFilter {
  /// A condition on `members m`.
  var condition: SQL {
    var parts: [SQL] = []
    if let name = Containing(text), let text = text?.trimmingCharacters(in: .whitespaces) {
      parts.append(search(text, name.condition(on: "m.name")))
    }
    if let phoneTail { parts.append(Self.hasPhone(endingIn: phoneTail)) }
    if let externalID { parts.append("m.external_id = \(externalID)") }
    if let tag { parts.append("m.tags @> array[\(tag)::text]") }
    if let group {
      parts.append("m.id in (select member_id from memberships where group_id = \(group) and left_at is null)")
    }
    if let doNotDisturb { parts.append("m.do_not_disturb = \(doNotDisturb)") }
    return parts.reduce("true") { "\($0) and \($1)" }
  }

  private func search(_ text: String, _ named: SQL) -> SQL {
    let found: SQL = "\(named) or m.external_id = \(text)"
    let most = findsWholePhones ? 18 : PhoneView.tailLength
    let digits = text.hasPrefix("+") ? String(text.dropFirst()) : text
    guard digits.isDigits, (PhoneView.tailLength...most).contains(digits.count) else { return "(\(found))" }
    return "(\(found) or \(Self.hasPhone(endingIn: digits)))"
  }

  /// The index has the last four digits.
  private static func hasPhone(endingIn digits: String) -> SQL {
    """
    (right(m.phone, 4) = \(String(digits.suffix(4))) and right(m.phone, \(digits.count)::integer) = \(digits))
    """
  }
}

extension String {
  fileprivate var isDigits: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
