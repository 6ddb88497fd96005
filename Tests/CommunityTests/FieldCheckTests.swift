import Testing

@testable import Community

@Suite struct FieldCheckTests {
  private func line(_ text: String) -> [FieldProblem] {
    var check = FieldCheck()
    check.line("/name", text, upTo: 10)
    return check.problems
  }

  private func prose(_ text: String) -> [FieldProblem] {
    var check = FieldCheck()
    check.prose("/text", text, upTo: 100)
    return check.problems
  }

  @Test(arguments: ["小鱼妈", "👨‍👩‍👧‍👦", "❤️小鱼", "Zoë", "e\u{301}", "<b>", "'; --", "%s{{x}}", "مرحبا", "ไทย"])
  func anyScriptIsALine(_ text: String) {
    #expect(line(text) == [])
    #expect(prose(text) == [])
  }

  @Test(arguments: [
    ("a\u{202E}b", "U+202E"), ("a\u{200F}", "U+200F"), ("\u{2066}x", "U+2066"), ("\u{61C}x", "U+061C"),
    ("a\u{7}", "U+0007"), ("a\u{85}", "U+0085"),
  ])
  func whatTurnsOrHidesTextIsNamedByItsNumber(_ text: String, _ number: String) {
    #expect(line(text) == [FieldProblem("/name", .malformed, actual: number)])
    #expect(prose(text) == [FieldProblem("/text", .malformed, actual: number)])
  }

  @Test(arguments: ["a\nb", "a\tb", "a\r\nb"]) func onlyProseHasLines(_ text: String) {
    #expect(line(text).map(\.code) == [.malformed])
    #expect(prose(text) == [])
  }

  @Test func aFieldIsNamedOnce() {
    #expect(line("\0").map(\.code) == [.malformed])
    #expect(line("\u{202E}aaaaaaaaaaaaaaaa").map(\.code) == [.tooLong])
    #expect(line("  ").map(\.code) == [.required])
  }
}
