import Testing

@testable import Wording

@Suite struct LanguageTests {
  @Test(
    arguments: [
      (nil, Language.chinese), ("", .chinese), ("en", .english), ("en-GB,zh;q=0.5", .english),
      ("zh-CN,en;q=0.9", .chinese),
      ("fr, en;q=0.3", .english), ("fr, de", .chinese), ("en;q=0", .chinese), ("en;q=0.4, zh-TW;q=0.6", .chinese),
      ("*", .chinese), ("EN", .english), ("en;q=x, zh;q=0.1", .chinese), ("en ; q=0.9", .english), (";;,,", .chinese),
    ] as [(String?, Language)])
  func isTheOneThatSuitsTheHeaderBest(header: String?, language: Language) {
    #expect(Language(accepting: header) == language)
  }
}
