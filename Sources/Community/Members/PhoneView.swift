/// How much of members' phone numbers a reader sees.
public enum PhoneView: Sendable, Hashable {
  /// All of it.
  case whole
  /// The last digits, by which people tell each other's numbers apart (尾号).
  case tail

  /// How many digits a tail has.
  public static let tailLength = 4

  /// The number as the reader sees it.
  public func shown(_ phone: String?) -> String? {
    guard let phone, self == .tail else { return phone }
    let tail = phone.suffix(Self.tailLength)
    // Always as many marks, so that not even the length of a number is told.
    return String(repeating: "*", count: 7) + tail
  }
}
