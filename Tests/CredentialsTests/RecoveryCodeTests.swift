import Foundation
import Testing

@testable import Credentials

@Suite struct RecoveryCodeTests {
  @Test func aSheetHasTenCodesInGroups() {
    let (sheet, codes) = RecoverySheet.make()
    #expect(codes.count == 10 && sheet.digests.count == 10)
    #expect(Set(codes.map(\.text)).count == 10)
    let form = #/[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}/#
    #expect(codes.allSatisfy { $0.text.wholeMatch(of: form) != nil })
  }

  @Test func everyLetterIsUsed() {
    let letters = (0..<200).reduce(into: Set<Character>()) { letters, _ in letters.formUnion(RecoveryCode().text) }
    #expect(letters.count == 33, "32 letters and the dash")
  }

  @Test func aCodeWorksOnce() {
    var (sheet, codes) = RecoverySheet.make()
    #expect([3, 3, 4].map { sheet.use(codes[$0]) } == [true, false, true])
    #expect(sheet.digests.count == 8)
    var stored = RecoverySheet(digests: sheet.digests)
    let tries = [codes[3], codes[5], RecoveryCode(), codes[5]]
    #expect(tries.map { stored.use($0) } == [false, true, false, false])
  }

  @Test func aCodeMayBeTypedCarelessly() throws {
    let code = try #require(RecoveryCode(typed: "0123-4567-89AB-CDEF-GHJK-MNPQ"))
    for typed in [
      "0123456789abcdefghjkmnpq", " o123 4567 89ab cdef ghjk mnpq\n", "OL23–4567–89AB–CDEF–GHJK–MNPQ",
      "oi23-456789abcdefghjkmnpq",
    ] {
      #expect(RecoveryCode(typed: typed)?.text == code.text, "\(typed)")
      #expect(RecoveryCode(typed: typed)?.digest == code.digest)
    }
  }

  @Test(arguments: [
    "", "0123", "0123-4567-89AB-CDEF-GHJK-MNPU", "0123-4567-89AB-CDEF-GHJK-MNPQ-0", "0123-4567-89AB-CDEF-GHJK-MNP暖",
    String(repeating: "0", count: 1_000_000),
  ])
  func whatIsNoCodeIsRefused(typed: String) {
    #expect(RecoveryCode(typed: typed) == nil)
  }

  @Test func theDigestIsAPlainSHA256() throws {
    let code = try #require(RecoveryCode(typed: "0123-4567-89AB-CDEF-GHJK-MNPQ"))
    #expect(code.digest.count == 32)
    #expect(!"\(code) \(String(reflecting: code))".contains("0123"))
  }
}
