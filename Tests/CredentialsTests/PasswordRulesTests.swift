import Testing

@testable import Credentials

@Suite struct PasswordRulesTests {
  private let rules = PasswordRules(
    email: "chen.jingli@nuancheng.example", name: "陈经理", agencies: ["暖程代运营", "Nuancheng"])

  private func problems(_ text: String) -> [PasswordProblem] { rules.problems(of: Password(text)) }

  @Test(arguments: [
    "correct horse battery staple", "九月的桂花开得正好", "t7#Kq!zR", "x9wPb2Lm", "暖群的每一天都很好啊真的", "tangerine-0-lorry",
    "        x y z 7", "🦊🐻🐼🐨🐯🦁🐮🐷",
  ])
  func whatIsHardToGuessIsTaken(text: String) {
    #expect(problems(text) == [])
  }

  @Test func lengthIsCountedInScalarsOfTheComposedForm() {
    #expect(problems("k7!mQ2x") == [.tooShort(minimum: 8)])
    #expect(problems("") == [.tooShort(minimum: 8)])
    // Seven letters, each with an accent of its own.
    #expect(problems("e\u{301}k\u{301}a\u{301}o\u{301}u\u{301}i\u{301}") == [.tooShort(minimum: 8)])
    #expect(problems("一二三四五六七九") == [])
    let long = (0..<32).map { "暖\($0 % 10)群好" }.joined()
    #expect(long.unicodeScalars.count == 128)
    #expect(problems(long) == [])
    #expect(problems(long + "多") == [.tooLong(maximum: 128)])
  }

  @Test(arguments: [
    "password1", "Password1", "ILOVEYOU123", "football", "Sunshine", "qq123456789", "woaini1314", "Woaini520!",
    "5201314woaini",
    "P@ssw0rd2026!", "taobao888888",
  ])
  func whatMostPeopleHaveIsRefused(text: String) {
    #expect(problems(text).contains(.common))
  }

  @Test func theListHoldsThreeThousandThatKeepTheOtherRule() {
    #expect(CommonPasswords.list.count > 3_000)
    #expect(CommonPasswords.list.allSatisfy { PasswordRules.lengths.contains($0.unicodeScalars.count) })
    #expect(CommonPasswords.list.allSatisfy { $0 == $0.lowercased() && !$0.contains(" ") })
  }

  @Test(arguments: ["aaaaaaaa", "12341234", "abcabcabc", "ababababa", "暖群暖群暖群暖群", "88888888", "🌸🌸🌸🌸🌸🌸🌸🌸"])
  func oneThingOverAndOverIsRefused(text: String) {
    #expect(problems(text).contains(.repetition))
  }

  @Test(arguments: [
    "12345678", "87654321", "ABCDefgh", "qwertyuiop", "poiuytrewq", "abcd1234", "qwer4321", "1qaz2wsx", "67890asdf",
  ])
  func whatGoesAlongTheKeyboardIsRefused(text: String) {
    #expect(problems(text).contains(.sequence))
  }

  @Test(arguments: ["abcdxyq7", "12345x67", "qwert-asdfh", "19480607"])
  func whatOnlyBeginsLikeThatIsNoSequence(text: String) {
    #expect(!problems(text).contains(.sequence))
  }

  @Test(arguments: [
    ("chen.jingli@nuancheng.example", PasswordRules.Familiar.email), ("Chen.Jingli", .email), ("jingli2026", .email),
    ("陈经理12345", .name), ("我是陈经理呀哈哈", .name), ("暖程代运营2026", .agency), ("NuanCheng!1", .agency),
    ("nuanqun2026", .product),
    ("我最爱暖群暖群1", .product),
  ])
  func littleMoreThanAFamiliarWordIsRefused(text: String, kind: PasswordRules.Familiar) {
    #expect(problems(text).contains(.familiar(kind)))
  }

  @Test func aFamiliarWordAmongOthersIsTaken() {
    #expect(problems("nuancheng sails past 7 lighthouses") == [])
    #expect(problems("陈经理每天早上喝两杯豆浆") == [])
  }

  @Test func everyReasonIsNamedOnce() {
    #expect(problems("11111111") == [.common, .repetition])
    #expect(Set(problems("nuancheng")) == [.familiar(.agency), .familiar(.email)])
  }

  @Test func withoutAPersonOnlyTheProductIsFamiliar() {
    let rules = PasswordRules()
    #expect(rules.problems(of: Password("nuanqun88")) == [.familiar(.product)])
    #expect(rules.problems(of: Password("chen.jingli")) == [])
  }
}
