/// Why a platform would not take a message, in a form that any language can be made from.
public struct MessageProblem: Sendable, Hashable {
  /// The part of the message, as a JSON pointer: `/text`, `/markdown`, `/image`, `/articles/0/title`, `/file/name`.
  public let field: String
  /// The rule that the part breaks.
  public let rule: MessageRule

  /// A broken rule.
  public init(field: String, rule: MessageRule) {
    self.field = field
    self.rule = rule
  }

  /// A stable name of the rule: `empty`, `too_many_bytes`, `too_few_bytes`, `too_many_items`, `unknown_image_format`,
  /// `image_format_differs`, `bad_character`.
  public var code: String {
    switch rule {
    case .empty: "empty"
    case .tooManyBytes: "too_many_bytes"
    case .tooFewBytes: "too_few_bytes"
    case .tooManyItems: "too_many_items"
    case .unknownImageFormat: "unknown_image_format"
    case .imageFormatDiffers: "image_format_differs"
    case .badCharacter: "bad_character"
    }
  }
}

/// A rule of a platform for a part of a message, with the numbers that explain it.
public enum MessageRule: Sendable, Hashable {
  /// The part must not be empty, nor only white space.
  case empty
  /// The part has more bytes (of UTF-8, for text) than the platform takes.
  case tooManyBytes(limit: Int, actual: Int)
  /// The part has fewer bytes than the platform takes.
  case tooFewBytes(limit: Int, actual: Int)
  /// The list has more items than the platform takes.
  case tooManyItems(limit: Int, actual: Int)
  /// The picture's bytes are of no format that the platform takes.
  case unknownImageFormat
  /// The picture's bytes are of another format than the message says.
  case imageFormatDiffers(actual: ImageFormat)
  /// The part holds a character that cannot stand there: a control character, or in a link also white space.
  case badCharacter
}
