/// Why a whole file was refused. Nothing of it may be imported.
public enum SheetError: Error, Sendable, Hashable, Codable {
  /// The file has more bytes than the limit.
  case tooLarge(bytes: Int, limit: Int)
  /// The file has more rows than the limit, counted without the header.
  case tooManyRows(limit: Int)
  /// A row has more cells than the limit.
  case tooManyColumns(row: Int, limit: Int)
  /// The texts of a row have more bytes than the limit.
  case rowTooLong(row: Int, limit: Int)
  /// The file has no header row.
  case empty
  /// The file is no sheet that can be read.
  case notASheet(OtherFormat)
  /// The bytes from this one on are no text. `offset` counts from 0, `line` from 1.
  case undecodable(SheetEncoding, offset: Int, line: Int)
  /// The system's C library cannot convert this encoding.
  case encodingUnavailable(SheetEncoding)
  /// A quoted cell begins on this line and does not end; what follows cannot be told from its text.
  case unterminatedQuote(line: Int)
  /// A workbook would take more bytes unpacked than the limit.
  case unpacksTooLarge(limit: Int)
  /// A workbook is damaged, or was not written by the rules; the part of it.
  case damagedWorkbook(part: String)
  /// The workbook has no sheet of that name; those that it has.
  case unknownSheet(name: String, sheets: [String])
  /// No column of the header is a needed one; the names that would have been taken.
  case missingColumn(field: String, accepted: [String])
  /// Two columns of the header mean the same.
  case repeatedColumn(field: String, headers: [String])
  /// The file could not be kept while it was read: the machine's fault, not the file's.
  case storage(errno: Int32)

  /// A stable name for the case, which may be translated.
  public var code: String {
    switch self {
    case .tooLarge: "too_large"
    case .tooManyRows: "too_many_rows"
    case .tooManyColumns: "too_many_columns"
    case .rowTooLong: "row_too_long"
    case .empty: "empty"
    case .notASheet: "not_a_sheet"
    case .undecodable: "undecodable"
    case .encodingUnavailable: "encoding_unavailable"
    case .unterminatedQuote: "unterminated_quote"
    case .unpacksTooLarge: "unpacks_too_large"
    case .damagedWorkbook: "damaged_workbook"
    case .unknownSheet: "unknown_sheet"
    case .missingColumn: "missing_column"
    case .repeatedColumn: "repeated_column"
    case .storage: "storage"
    }
  }
}

/// How large a file may be.
public struct SheetLimits: Sendable, Hashable {
  /// Most bytes of the file.
  public var bytes: Int
  /// Most rows, without the header.
  public var rows: Int
  /// Most bytes that the parts of a workbook have together when they are unpacked.
  public var unpacked: Int

  /// Limits; unless given, 32 MiB, 100,000 rows and 256 MiB unpacked.
  public init(bytes: Int = 32 << 20, rows: Int = 100_000, unpacked: Int = 256 << 20) {
    self.bytes = bytes
    self.rows = rows
    self.unpacked = unpacked
  }
}
