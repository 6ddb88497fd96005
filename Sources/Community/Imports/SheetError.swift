/// Why a whole file was refused. Nothing of it may be imported.
public enum SheetError: Error, Sendable, Hashable {
  /// The file has more bytes than the limit.
  case tooLarge(bytes: Int, limit: Int)
  /// The file has more rows than the limit, counted without the header.
  case tooManyRows(limit: Int)
  /// A row has more cells than the limit.
  case tooManyColumns(row: Int, limit: Int)
  /// The file has no header row.
  case empty
  /// The bytes from this one on are no text. `offset` counts from 0, `line` from 1.
  case undecodable(SheetEncoding, offset: Int, line: Int)
  /// The system's C library cannot convert this encoding.
  case encodingUnavailable(SheetEncoding)
  /// A quoted cell begins on this line and does not end; what follows cannot be told from its text.
  case unterminatedQuote(line: Int)
  /// No column of the header is a needed one; the names that would have been taken.
  case missingColumn(field: String, accepted: [String])
  /// Two columns of the header mean the same.
  case repeatedColumn(field: String, headers: [String])

  /// A stable name for the case, which may be translated.
  public var code: String {
    switch self {
    case .tooLarge: "too_large"
    case .tooManyRows: "too_many_rows"
    case .tooManyColumns: "too_many_columns"
    case .empty: "empty"
    case .undecodable: "undecodable"
    case .encodingUnavailable: "encoding_unavailable"
    case .unterminatedQuote: "unterminated_quote"
    case .missingColumn: "missing_column"
    case .repeatedColumn: "repeated_column"
    }
  }
}

extension SheetError: CustomStringConvertible {
  /// The reason and the remedy in words.
  public var description: String {
    switch self {
    case .tooLarge(let bytes, let limit):
      "the file has \(bytes) bytes, more than the \(limit) allowed; split it"
    case .tooManyRows(let limit):
      "the file has more than \(limit) rows; split it"
    case .tooManyColumns(let row, let limit):
      "row \(row) has more than \(limit) cells"
    case .empty:
      "the file has no header row"
    case .undecodable(let encoding, let offset, let line):
      "line \(line), byte \(offset): not \(encoding.rawValue) text; save the file as UTF-8 CSV"
    case .encodingUnavailable(let encoding):
      "this system cannot read \(encoding.rawValue); save the file as UTF-8 CSV"
    case .unterminatedQuote(let line):
      "line \(line): a quoted cell begins here and does not end"
    case .missingColumn(let field, let accepted):
      "no column for \(field); name one \(accepted.joined(separator: ", "))"
    case .repeatedColumn(let field, let headers):
      "the columns \(headers.joined(separator: ", ")) all mean \(field); keep one"
    }
  }
}

/// How large a file may be.
public struct SheetLimits: Sendable, Hashable {
  /// Most bytes of the file.
  public var bytes: Int
  /// Most rows, without the header.
  public var rows: Int

  /// Limits; unless given, 16 MiB and 100,000 rows.
  public init(bytes: Int = 16 << 20, rows: Int = 100_000) {
    self.bytes = bytes
    self.rows = rows
  }
}
