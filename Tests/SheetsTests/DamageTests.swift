import Testing

@testable import Sheets

@Suite struct DamageTests {
  private func damages(_ cells: [SheetCell]) -> [SheetDamage?] {
    var column = SheetColumn()
    for cell in cells { column.note(cell) }
    return cells.map { column.damage(ofID: $0) }
  }

  @Test(
    arguments: [
      ("1.38E+10", SheetDamage.scientific), ("1.1010119900101E+17", .scientific), ("2E+15", .scientific),
      ("1.3e10", .scientific),
      ("110101199001011000", .rounded), ("#REF!", .formula), ("#N/A", .formula),
      ("12E5", nil), ("1E5", nil), ("wr-1", nil), ("13800000001", nil), ("110101199001011234", nil), ("", nil),
      ("0", nil),
      ("1234567890123450", nil), ("#1群", nil),
    ] as [(String, SheetDamage?)])
  func aTextAlone(_ text: String, _ damage: SheetDamage?) {
    #expect(damages([SheetCell(text)]) == [damage])
  }

  @Test(
    arguments: [
      ("110101199001011234", SheetDamage.rounded), ("1234567890123456", .rounded), ("123456789012345", nil),
      ("13800000001", nil),
    ] as [(String, SheetDamage?)])
  func aNumberOfAWorkbook(_ text: String, _ damage: SheetDamage?) {
    #expect(damages([SheetCell(text, .number)]) == [damage])
  }

  @Test func theColumnTellsWhatOneValueDoesNot() {
    let rounded = ["1234567890123450", "2234567890123450", "3234567890123450"].map { SheetCell($0) }
    #expect(damages(rounded) == [.rounded, .rounded, .rounded])
    #expect(damages(rounded + [SheetCell("1234567890123451")]) == [nil, nil, nil, nil])
    #expect(
      damages([SheetCell("00042"), SheetCell("17", .number), SheetCell("wr"), SheetCell("123456")]) == [
        nil, .zerosLost, nil, nil,
      ])
    #expect(damages([SheetCell("00042"), SheetCell("042"), SheetCell("17")]) == [nil, nil, nil])
    #expect(damages([SheetCell("0"), SheetCell("7")]) == [nil, nil])
  }
}
