/// What a spreadsheet does to numbers that are names: telephone numbers, ids.
public enum SheetDamage: String, Sendable, Hashable, Codable, CaseIterable {
  /// `1.38E+10`: the last digits are gone.
  case scientific
  /// More than the 15 digits that a spreadsheet keeps: the others have become zeros.
  case rounded
  /// The zeros at the front are gone; other values of the column have theirs.
  case zerosLost
  /// `#REF!`, `#N/A` and the like, or a formula that was never worked out.
  case formula
}

extension SheetCell {
  /// What this cell shows by itself to have been done to it; whatever the column is.
  public var fault: SheetDamage? {
    kind == .fault || text.utf8.first == 0x23 && Self.faults.contains(text) ? .formula : nil
  }

  private static let faults: Set<String> = [
    "#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA",
  ]

  /// What a cell of a column with ids shows by itself to have been done to it.
  var damageOfID: SheetDamage? {
    if let fault { return fault }
    let bytes = text.utf8
    guard let first = bytes.first, (0x30...0x39).contains(first) else { return nil }
    if text.isInScientificNotation { return .scientific }
    guard bytes.count > SheetColumn.keptDigits, text.isDigits else { return nil }
    // In a workbook nothing is kept of the 16th digit and those behind; in text zeros there may be meant.
    return kind == .number || bytes.count >= 18 && text.endsInLostDigits ? .rounded : nil
  }
}

/// What all values of a column have in common, from which the damage of one of them is told. Of fixed size.
public struct SheetColumn: Sendable, Hashable, Codable {
  /// As many digits as a spreadsheet keeps of a number.
  static let keptDigits = 15

  private var long = 0
  private var longEndingInZeros = 0
  private var withZeros = 0
  private var narrowestWithZeros = Int.max
  private var widestWithZeros = 0

  /// A column without values.
  public init() {}

  /// Looks at one more value.
  public mutating func note(_ cell: SheetCell) {
    let text = cell.text
    guard let first = text.utf8.first, (0x30...0x39).contains(first), text.isDigits else { return }
    if text.utf8.count > Self.keptDigits {
      long += 1
      if text.endsInLostDigits { longEndingInZeros += 1 }
    }
    if first == 0x30, text.utf8.count > 1 {
      withZeros += 1
      narrowestWithZeros = min(narrowestWithZeros, text.utf8.count)
      widestWithZeros = max(widestWithZeros, text.utf8.count)
    }
  }

  /// What was done to a cell of this column, if its values are ids.
  public func damage(ofID cell: SheetCell) -> SheetDamage? {
    if let damage = cell.damageOfID { return damage }
    let text = cell.text
    guard text.isDigits else { return nil }
    if text.utf8.count > Self.keptDigits, long >= 3, long == longEndingInZeros { return .rounded }
    // Where ids have one width with zeros at the front, a shorter one has lost its own.
    let isNarrow = withZeros > 0 && narrowestWithZeros == widestWithZeros && text.utf8.count < widestWithZeros
    return isNarrow && text.utf8.first != 0x30 ? .zerosLost : nil
  }
}

extension String {
  fileprivate var isDigits: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }

  /// All digits that a spreadsheet does not keep are zeros.
  fileprivate var endsInLostDigits: Bool { utf8.dropFirst(SheetColumn.keptDigits).allSatisfy { $0 == 0x30 } }

  /// As spreadsheets show large numbers: `1.38E+10`. An id such as `12E5` is none of these.
  fileprivate var isInScientificNotation: Bool {
    utf8.contains { $0 == 0x45 || $0 == 0x65 } && wholeMatch(of: /[0-9](?:\.[0-9]+[eE]\+?|[eE]\+)[0-9]{1,3}/) != nil
  }
}
