import Channels
import Testing

@Suite struct WeComRobotLimitsTests {
  let limits = WeComRobot(http: sharedHTTP)

  @Test(arguments: [("a", 2048), ("暖", 682), ("👨‍👩‍👧", 113)])
  func textIsMeasuredInBytes(unit: String, count: Int) {
    let size = unit.utf8.count
    let full = String(repeating: unit, count: count) + String(repeating: "x", count: 2048 - size * count)
    #expect(full.utf8.count == 2048)
    #expect(limits.problems(with: .text(full)) == [])
    #expect(
      limits.problems(with: .text(full + "x"))
        == [MessageProblem(field: "/text", rule: .tooManyBytes(limit: 2048, actual: 2049))])
  }

  @Test func aLastCharacterThatDoesNotFitWholeIsTooMuch() {
    let text = String(repeating: "x", count: 2046)
    #expect(
      limits.problems(with: .text(text + "群"))
        == [MessageProblem(field: "/text", rule: .tooManyBytes(limit: 2048, actual: 2049))])
    #expect(
      limits.problems(with: .text(text + "🌸"))
        == [MessageProblem(field: "/text", rule: .tooManyBytes(limit: 2048, actual: 2050))])
  }

  @Test func markdownHasItsOwnLimit() {
    let full = String(repeating: "群", count: 1365) + "x"
    #expect(full.utf8.count == 4096)
    #expect(limits.problems(with: .markdown(full)) == [])
    #expect(
      limits.problems(with: .markdown(full + "x"))
        == [MessageProblem(field: "/markdown", rule: .tooManyBytes(limit: 4096, actual: 4097))])
  }

  @Test(arguments: ["", " ", "\n\t\u{3000}"]) func nothingToReadIsEmpty(text: String) {
    #expect(limits.problems(with: .text(text)) == [MessageProblem(field: "/text", rule: .empty)])
    #expect(limits.problems(with: .markdown(text)) == [MessageProblem(field: "/markdown", rule: .empty)])
  }

  @Test(arguments: ImageFormat.allCases) func imagesUpToTwoMegabytes(format: ImageFormat) {
    let full = picture(format, size: 2_097_152)
    #expect(limits.problems(with: .image(bytes: full, format)) == [])
    #expect(
      limits.problems(with: .image(bytes: full + [0], format))
        == [MessageProblem(field: "/image", rule: .tooManyBytes(limit: 2_097_152, actual: 2_097_153))])
  }

  @Test func imagesAreKnownByTheirBytes() {
    #expect(
      limits.problems(with: .image(bytes: Array("GIF89a...".utf8), .png))
        == [MessageProblem(field: "/image", rule: .unknownImageFormat)])
    #expect(
      limits.problems(with: .image(bytes: picture(.jpeg, size: 64), .png))
        == [MessageProblem(field: "/image", rule: .imageFormatDiffers(actual: .jpeg))])
    #expect(
      limits.problems(with: .image(bytes: [0xFF, 0xD8], .jpeg))
        == [MessageProblem(field: "/image", rule: .unknownImageFormat)])
    #expect(limits.problems(with: .image(bytes: [], .png)) == [MessageProblem(field: "/image", rule: .empty)])
  }

  @Test func newsHoldsOneToEightArticles() {
    let article = NewsArticle(title: "中秋节礼品领取", url: "www.qq.com")
    #expect(limits.problems(with: .news([])) == [MessageProblem(field: "/articles", rule: .empty)])
    #expect(limits.problems(with: .news([article])) == [])
    #expect(limits.problems(with: .news(Array(repeating: article, count: 8))) == [])
    #expect(
      limits.problems(with: .news(Array(repeating: article, count: 9)))
        == [MessageProblem(field: "/articles", rule: .tooManyItems(limit: 8, actual: 9))])
  }

  @Test func everyArticleIsChecked() {
    let full = NewsArticle(
      title: String(repeating: "礼", count: 42) + "xx", description: String(repeating: "好", count: 170) + "xx",
      url: "https://example.com/a", pictureURL: "https://example.com/a.png")
    #expect(full.title.utf8.count == 128)
    #expect(full.description.utf8.count == 512)
    #expect(limits.problems(with: .news([full])) == [])
    let bad = NewsArticle(title: full.title + "x", description: full.description + "x", url: "", pictureURL: "a b")
    #expect(
      limits.problems(with: .news([full, bad])) == [
        MessageProblem(field: "/articles/1/title", rule: .tooManyBytes(limit: 128, actual: 129)),
        MessageProblem(field: "/articles/1/description", rule: .tooManyBytes(limit: 512, actual: 513)),
        MessageProblem(field: "/articles/1/url", rule: .empty),
        MessageProblem(field: "/articles/1/picture_url", rule: .badCharacter),
      ])
    #expect(
      limits.problems(with: .news([NewsArticle(title: " ", url: "https://example.com")]))
        == [MessageProblem(field: "/articles/0/title", rule: .empty)])
  }

  @Test func filesFromFiveBytesToTwentyMegabytes() {
    func problems(_ size: Int, name: String = "价目表.xlsx") -> [MessageProblem] {
      limits.problems(with: .file(name: name, bytes: Array(repeating: 1, count: size)))
    }
    #expect(problems(4) == [MessageProblem(field: "/file", rule: .tooFewBytes(limit: 5, actual: 4))])
    #expect(problems(5) == [])
    #expect(problems(20_971_520) == [])
    #expect(
      problems(20_971_521)
        == [MessageProblem(field: "/file", rule: .tooManyBytes(limit: 20_971_520, actual: 20_971_521))])
    #expect(problems(5, name: " ") == [MessageProblem(field: "/file/name", rule: .empty)])
    #expect(problems(5, name: "a\r\nb") == [MessageProblem(field: "/file/name", rule: .badCharacter)])
  }

  @Test func everyRuleHasItsCode() {
    let rules: [(MessageRule, String)] = [
      (.empty, "empty"), (.tooManyBytes(limit: 1, actual: 2), "too_many_bytes"),
      (.tooFewBytes(limit: 2, actual: 1), "too_few_bytes"), (.tooManyItems(limit: 1, actual: 2), "too_many_items"),
      (.unknownImageFormat, "unknown_image_format"), (.imageFormatDiffers(actual: .png), "image_format_differs"),
      (.badCharacter, "bad_character"),
    ]
    for (rule, code) in rules { #expect(MessageProblem(field: "/text", rule: rule).code == code) }
  }

  private func picture(_ format: ImageFormat, size: Int) -> [UInt8] {
    let magic: [UInt8] = format == .png ? [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] : [0xFF, 0xD8, 0xFF, 0xE0]
    return magic + Array(repeating: 7, count: size - magic.count)
  }
}

/// For tests that send nothing; it lives as long as the process.
let sharedHTTP = PlatformHTTP()
