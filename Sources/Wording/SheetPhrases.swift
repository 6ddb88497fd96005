public import Community

extension SheetError {
  /// Why the file was refused, and the remedy.
  public func text(in language: Language) -> String {
    phrase.text(in: language, values)
  }

  var phrase: Phrase {
    switch self {
    case .tooLarge:
      Phrase(
        zh: "文件有 {actual} 字节，最多 {limit} 字节，请拆分", en: "The file has {actual} bytes, at most {limit} are taken; split it")
    case .tooManyRows: Phrase(zh: "文件超过 {limit} 行，请拆分", en: "The file has more than {limit} rows; split it")
    case .tooManyColumns: Phrase(zh: "第 {row} 行超过 {limit} 列", en: "Row {row} has more than {limit} cells")
    case .empty: Phrase(zh: "文件里没有表头", en: "The file has no header row")
    case .undecodable:
      Phrase(
        zh: "第 {line} 行（第 {offset} 字节）不是 {actual} 文本，请另存为 UTF-8 的 CSV",
        en: "Line {line} (byte {offset}) is no {actual} text; save the file as UTF-8 CSV")
    case .encodingUnavailable:
      Phrase(zh: "系统读不了 {actual} 编码，请另存为 UTF-8 的 CSV", en: "{actual} cannot be read here; save the file as UTF-8 CSV")
    case .unterminatedQuote:
      Phrase(zh: "第 {line} 行有个引号没有结束", en: "A quoted cell that begins on line {line} does not end")
    case .missingColumn:
      Phrase(zh: "缺少「{field}」列，表头可写：{limit}", en: "There is no column for {field}; its header may be {limit}")
    case .repeatedColumn:
      Phrase(zh: "表头 {actual} 都表示「{field}」，请只留一列", en: "The columns {actual} all mean {field}; keep one")
    }
  }

  private var values: [Phrase.Place: String] {
    switch self {
    case .tooLarge(let bytes, let limit): [.actual: "\(bytes)", .limit: "\(limit)"]
    case .tooManyRows(let limit): [.limit: "\(limit)"]
    case .tooManyColumns(let row, let limit): [.row: "\(row)", .limit: "\(limit)"]
    case .empty: [:]
    case .undecodable(let encoding, let offset, let line):
      [.line: "\(line)", .offset: "\(offset)", .actual: encoding.rawValue]
    case .encodingUnavailable(let encoding): [.actual: encoding.rawValue]
    case .unterminatedQuote(let line): [.line: "\(line)"]
    case .missingColumn(let field, let accepted): [.field: field, .limit: accepted.joined(separator: ", ")]
    case .repeatedColumn(let field, let headers): [.field: field, .actual: headers.joined(separator: ", ")]
    }
  }
}

extension SheetProblem.Code {
  /// What is wrong with the cell.
  public var phrase: Phrase {
    switch self {
    case .required: Phrase(zh: "「{field}」必填", en: "“{field}” is needed and empty")
    case .tooLong: Phrase(zh: "「{field}」太长", en: "“{field}” has too many characters")
    case .tooMany: Phrase(zh: "「{field}」里的项目太多", en: "“{field}” has too many items")
    case .controlCharacter:
      Phrase(zh: "「{field}」中间有换行或控制字符", en: "“{field}” has a line break or control character inside")
    case .malformedDate:
      Phrase(zh: "「{field}」的日期看不懂，请写成 2026-03-08", en: "“{field}” is no date that can be told; write 2026-03-08")
    case .nonexistentDate: Phrase(zh: "「{field}」的日期并不存在", en: "“{field}” is a date that no calendar has")
    case .malformedNumber: Phrase(zh: "「{field}」应为整数", en: "“{field}” is no whole number")
    case .outOfRange: Phrase(zh: "「{field}」超出范围", en: "“{field}” is out of range")
    case .malformedPhone:
      Phrase(zh: "「{field}」不是大陆手机号", en: "“{field}” is no mobile number of mainland China")
    case .foreignPhone:
      Phrase(zh: "「{field}」是其他国家或地区的号码", en: "“{field}” is a number of another country or region")
    case .digitsLost:
      Phrase(
        zh: "「{field}」被表格软件改成了科学计数，末几位已丢失，请把该列设为文本后重填",
        en: "“{field}” lost its last digits to the spreadsheet; make the column text and enter it again")
    case .malformedRobot: Phrase(zh: "「{field}」不是机器人地址或密钥", en: "“{field}” is neither a robot's address nor its key")
    case .strayQuote: Phrase(zh: "引号没有成对或位置不对", en: "A quote is not paired or stands in the wrong place")
    case .extraCells: Phrase(zh: "这一行的列比表头多", en: "The row has more cells than the header")
    case .duplicate: Phrase(zh: "「{field}」与第 {row} 行重复", en: "“{field}” is the same as in row {row}")
    }
  }
}

extension ImportProblem {
  /// The problem in words.
  public func text(in language: Language) -> String {
    var values: [Phrase.Place: String] = [.field: column, .actual: value]
    values[.row] = firstRow.map { "\($0)" }
    switch reason {
    case .cell(let code): return code.phrase.text(in: language, values)
    case .field(let problem): return problem.text(in: language)
    case .unknownGroup: return Phrase.unknownGroup.text(in: language, values)
    case .ambiguousGroup: return Phrase.ambiguousGroup.text(in: language, values)
    }
  }
}

extension Phrase {
  static let unknownGroup = Phrase(
    zh: "没有叫「{actual}」的群，请先导入群，或改正群名", en: "There is no group “{actual}”; import the groups first, or correct its name")
  static let ambiguousGroup = Phrase(
    zh: "有几个群都叫「{actual}」，请改用群编号", en: "Several groups are called “{actual}”; use the group's number instead")
}
