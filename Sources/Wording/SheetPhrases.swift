public import Community
public import Sheets

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
    case .rowTooLong:
      Phrase(
        zh: "第 {row} 行超过 {limit} 字节，请检查引号和内容", en: "Row {row} has more than {limit} bytes; check its quotes and text")
    case .notASheet(.oldWorkbook):
      Phrase(
        zh: "这是旧版 .xls 或加了密码的文件，请去掉密码并另存为 .xlsx 或 CSV",
        en: "This is an old .xls file, or it has a password; remove the password and save it as .xlsx or CSV")
    case .notASheet(.page):
      Phrase(
        zh: "这其实是网页，不是表格，请用表格软件打开后另存为 .xlsx",
        en: "This is a web page under another name; open it in a spreadsheet program and save it as .xlsx")
    case .notASheet(.pdf), .notASheet(.binary):
      Phrase(zh: "这不是表格文件，请上传 .xlsx 或 CSV", en: "This is no sheet; upload an .xlsx or CSV file")
    case .unpacksTooLarge:
      Phrase(
        zh: "工作簿解压后超过 {limit} 字节，请只保留要导入的工作表，或另存为 CSV",
        en: "Unpacked, the workbook has more than {limit} bytes; keep only the sheet to import, or save it as CSV")
    case .damagedWorkbook:
      Phrase(
        zh: "工作簿已损坏（{actual}），请用表格软件打开后重新另存为 .xlsx",
        en: "The workbook is damaged ({actual}); open it in a spreadsheet program and save it anew as .xlsx")
    case .unknownSheet:
      Phrase(zh: "工作簿里没有「{field}」这张表，可选：{limit}", en: "The workbook has no sheet “{field}”; there are {limit}")
    case .storage: Phrase(zh: "服务器暂存文件失败，请稍后再试", en: "The server could not keep the file; try again later")
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
    case .rowTooLong(let row, let limit): [.row: "\(row)", .limit: "\(limit)"]
    case .notASheet, .storage: [:]
    case .unpacksTooLarge(let limit): [.limit: "\(limit)"]
    case .damagedWorkbook(let part): [.actual: part]
    case .unknownSheet(let name, let sheets): [.field: name, .limit: sheets.joined(separator: ", ")]
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
    case .digitsRounded:
      Phrase(
        zh: "「{field}」超过 15 位，被表格软件四舍五入了，请把该列设为文本后重填",
        en:
          "“{field}” has more than the 15 digits that a spreadsheet keeps of a number; make the column text and enter it again"
      )
    case .zerosLost:
      Phrase(
        zh: "「{field}」开头的 0 被表格软件去掉了，请把该列设为文本后补上",
        en: "“{field}” lost the zeros at its front to the spreadsheet; make the column text and add them again")
    case .formulaFailed:
      Phrase(
        zh: "「{field}」是公式错误或没有算出结果，请改成具体的内容",
        en: "“{field}” is an error of a formula, or one that was never worked out; enter the value itself")
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
    case .editedSince: return Phrase.editedSince.text(in: language)
    case .inUse: return Phrase.inUse.text(in: language)
    }
  }
}

extension Phrase {
  static let unknownGroup = Phrase(
    zh: "没有叫「{actual}」的群，请先导入群，或改正群名", en: "There is no group “{actual}”; import the groups first, or correct its name")
  static let ambiguousGroup = Phrase(
    zh: "有几个群都叫「{actual}」，请改用群编号", en: "Several groups are called “{actual}”; use the group's number instead")
  static let editedSince = Phrase(
    zh: "导入后有人改过，没有撤销；需要的话请手工改回", en: "Edited since the import, so it was not undone; change it back by hand if need be"
  )
  static let inUse = Phrase(
    zh: "已被别处用到，没有撤销；请先解除关联", en: "Something else refers to it by now, so it was not undone; remove that first")
}

extension Import.Failure {
  /// A stable name.
  public var code: String {
    switch self {
    case .sheet(let error): error.code
    case .givenUp: "given_up"
    }
  }

  /// Why the step failed, and the remedy.
  public func text(in language: Language) -> String {
    switch self {
    case .sheet(let error): error.text(in: language)
    case .givenUp: Phrase.importGivenUp.text(in: language)
    }
  }
}

extension ImportField {
  /// What the field's column is called.
  public func title(in language: Language) -> String {
    let isEnglish = language == .english
    return titles.first { $0.utf8.allSatisfy { $0 < 0x80 } == isEnglish } ?? titles[0]
  }
}

extension Phrase {
  static let importGivenUp = Phrase(
    zh: "多次尝试后放弃，已做的部分保留。请稍后再试，或联系管理员",
    en: "Given up after several attempts; what was done stays. Try again later, or tell the operator")
  /// The column that says what is wrong with a row.
  public static let problemColumn = Phrase(zh: "问题（改好后再上传）", en: "Problem (mend and upload again)")
}
