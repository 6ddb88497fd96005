public import Community

extension FieldProblem.Code {
  /// What is wrong with the field and what to do about it.
  public var phrase: Phrase {
    switch self {
    case .required:
      Phrase(zh: "缺少「{field}」，或内容为空。请填写。", en: "“{field}” is missing or empty. Give it a value.")
    case .tooLong:
      Phrase(
        zh: "「{field}」太长：最多 {limit} 个字符[，现有 {actual} 个]。请缩短。",
        en: "“{field}” is too long: at most {limit} characters[, this has {actual}]. Shorten it.")
    case .tooManyBytes:
      Phrase(
        zh: "「{field}」太大：最多 {limit} 字节[，现有 {actual} 字节]（一个汉字占 3 字节）。请缩短，或换小一些的文件。",
        en:
          "“{field}” is too large: at most {limit} bytes[, this has {actual}] (a Chinese character takes 3). Shorten it."
      )
    case .tooManyItems:
      Phrase(
        zh: "「{field}」的项目太多：最多 {limit} 项[，现有 {actual} 项]。请减少或拆分。",
        en: "“{field}” has too many items: at most {limit}[, this has {actual}]. Remove some, or split it.")
    case .outOfRange:
      Phrase(
        zh: "「{field}」超出范围：允许 {limit}[，现为 {actual}]。请改成范围内的值。",
        en: "“{field}” is out of range: {limit} is allowed[, this is {actual}]. Choose a value within it.")
    case .malformed:
      Phrase(
        zh: "「{field}」的写法不对[，应写成 {limit}][，收到的是「{actual}」]。请改正。",
        en: "“{field}” is not written as it should be[, which is {limit}][; it was “{actual}”]. Correct it.")
    case .wrongType:
      Phrase(
        zh: "「{field}」的类型不对[：应为 {limit}][，收到的是 {actual}]。请改正。",
        en: "“{field}” has the wrong type[: it has to be {limit}][, not {actual}]. Correct it.")
    case .unknownField:
      Phrase(
        zh: "这里没有「{field}」。请去掉，或检查拼写[；可用的有：{limit}]。",
        en: "There is no “{field}” here. Remove it, or check its spelling[; there are: {limit}].")
    case .unknownValue:
      Phrase(
        zh: "「{field}」不接受[「{actual}」]这个值。请换一个[，可用的有：{limit}]。",
        en: "“{field}” does not take this value[ (“{actual}”)]. Choose another one[: {limit}].")
    case .unknownReference:
      Phrase(
        zh: "「{field}」所指的对象在这个品牌里不存在。请改用存在的编号。",
        en: "What “{field}” refers to does not exist in this brand. Use the id of something that does.")
    case .taken:
      Phrase(
        zh: "「{field}」[的值「{actual}」]已被占用。请换一个，或修改已有的那一个。",
        en: "“{field}”[ (“{actual}”)] is taken. Choose another one, or edit what has it.")
    case .nothingAhead:
      Phrase(
        zh: "按「{field}」今后一次也不会发生。请把日期或时间改到将来。",
        en: "By “{field}” nothing will ever happen from now on. Move its dates or times into the future.")
    case .emptyAudience:
      Phrase(
        zh: "「{field}」现在一个群也没有选中。请修改范围，或先启用这些群。",
        en: "“{field}” selects no group at present. Change it, or activate the groups first.")
    case .readOnly:
      Phrase(
        zh: "「{field}」不能修改。请去掉这个字段。",
        en: "“{field}” cannot be changed. Remove it.")
    case .notPublic:
      Phrase(
        zh: "「{field}」不是公网地址。请改用能从公网访问的 https 地址。",
        en: "“{field}” is not on the open Internet. Use an https address that can be reached from there.")
    }
  }
}

extension FieldProblem {
  /// The problem in words, with the field by name.
  public func text(in language: Language) -> String {
    var values: [Phrase.Place: String] = [.field: Self.name(of: field, in: language)]
    values[.limit] = limit
    values[.actual] = actual.map(Self.short)
    return code.phrase.text(in: language, values)
  }

  /// `/body/text` as people read it: `body.text`; the body itself has no name of its own.
  private static func name(of field: String, in language: Language) -> String {
    guard !field.isEmpty else { return Phrase.wholeBody.text(in: language) }
    let steps = field.split(separator: "/").map { $0.replacing("~1", with: "/").replacing("~0", with: "~") }
    return short(steps.joined(separator: "."))
  }

  private static func short(_ text: String) -> String {
    text.count <= 80 ? text : text.prefix(79) + "…"
  }
}

extension Phrase {
  static let wholeBody = Phrase(zh: "请求正文", en: "the body")
}
