/// Why bytes are no JSON text (RFC 8259), or none that is taken here.
public enum JSONFault: String, Sendable, Hashable, CaseIterable {
  case empty
  case unexpectedEnd
  case unexpectedCharacter
  case badEscape
  case controlCharacter
  case badNumber
  case badUTF8
  case tooDeep
  case trailingText
  case repeatedName
}

extension JSONFault {
  /// The fault, to stand after its place.
  public var phrase: Phrase {
    switch self {
    case .empty: Phrase(zh: "正文是空的", en: "the body is empty")
    case .unexpectedEnd: Phrase(zh: "正文到这里就断了", en: "the text ends too early")
    case .unexpectedCharacter: Phrase(zh: "这里不该是这个字符", en: "this character does not belong here")
    case .badEscape: Phrase(zh: "反斜杠转义写错了", en: "an escape sequence is wrong")
    case .controlCharacter: Phrase(zh: "字符串里有没转义的控制字符", en: "a control character in a string is not escaped")
    case .badNumber: Phrase(zh: "数字写错了", en: "a number is not written as JSON has it")
    case .badUTF8: Phrase(zh: "不是 UTF-8 文本", en: "the bytes are not UTF-8")
    case .tooDeep: Phrase(zh: "嵌套太深", en: "values are nested too deep")
    case .trailingText: Phrase(zh: "正文之后还有多余的内容", en: "something follows the value")
    case .repeatedName: Phrase(zh: "同一个对象里字段名重复", en: "a name stands twice in one object")
    }
  }
}
