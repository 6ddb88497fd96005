import Foundation
import Testing

@testable import Mail

@Suite(.timeLimit(.minutes(1))) struct MailMessageTests {
  private func understood(_ message: MailMessage, _ form: BodyText.Form = .forServers) throws -> MailServer.Understood {
    try MailServer.understand([message.encoded(form)])[0]
  }

  @Test func theWholeMessage() throws {
    let message = try MailMessage(
      from: MailAddress("no-reply@nuanqun.example"), to: [MailAddress("chen@nuancheng.example", name: "Chen \"J\"")],
      subject: "Hello", text: "One.\r\nTwo.\rThree.\n", identifier: "a-1",
      date: Date(timeIntervalSince1970: 1_791_710_100))
    let lines = [
      "Date: Sun, 11 Oct 2026 09:15:00 +0000", "From: no-reply@nuanqun.example", "To: \"Chen \\\"J\\\"\"",
      " <chen@nuancheng.example>", "Subject: Hello", "Message-ID: <a-1@nuanqun.example>",
      "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 7bit", "", "One.", "Two.", "Three.", "",
    ]
    #expect(String(decoding: message.encoded(.forServers), as: UTF8.self) == lines.joined(separator: "\r\n"))
  }

  static let subjects = [
    "重置密码", "【暖群】陈经理邀请您加入“暖程代运营”，一起照看二十个品牌的六十四个社群，每天早上九点开始", "plain", "=?UTF-8?B?eA==?=", " spaces at the ends ",
    "a line of ASCII that is so long that it has to be folded somewhere, and then a good bit longer than that",
    "👨‍👩‍👧‍👦 family 👩🏽‍🚀 and a z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}\u{30d}\u{30e}\u{30f}\u{310}\u{311}\u{312}",
    String(repeating: "长", count: 200), "ünïcödé", "שלום \u{200f}", "50% off; \"quoted\" <b> \\",
  ]

  @Test func subjectsOfAnyScriptAreReadAgain() throws {
    let messages = try Self.subjects.map { try Samples.message(subject: $0).encoded(.forServers) }
    for (subject, read) in zip(Self.subjects, try MailServer.understand(messages)) {
      #expect(read.header("Subject") == subject)
      #expect(read.defects == [] && read.isAscii && read.bareLineEnds == 0)
      #expect(read.longestLine <= 78)
    }
  }

  static let names = ["陈经理", "Chen, Jingli", "O'Neill \"Tip\" (x)", "=?x?=", "名字很长很长很长很长很长很长很长很长很长很长很长的人", "a@b"]

  @Test func namesOfAnyScriptAreReadAgain() throws {
    let messages = try Self.names.map { name in
      let both = ["a", "b"].map { Samples.address("\($0)@nuanqun.example", name) }
      return try Samples.message(to: both, replyTo: both[0]).encoded(.forServers)
    }
    for (name, read) in zip(Self.names, try MailServer.understand(messages)) {
      #expect(read.addresses == [[name, "a@nuanqun.example"], [name, "b@nuanqun.example"]])
      #expect(read.header("Reply-To")?.hasSuffix("<a@nuanqun.example>") == true)
      #expect(read.defects == [] && read.isAscii && read.longestLine <= 78)
    }
  }

  static let texts = [
    "short", "", "\n", "你好，\n请打开 https://nuanqun.example/reset?a=1&b=2 。\n",
    "trailing blanks \t\nand = signs\n.\n..\nFrom me\n",
    String(repeating: "one very long line of words ", count: 80), String(repeating: "很长的一行", count: 500),
    "caf\u{e9} and mostly ASCII otherwise, which stays readable\n", "\u{0}NUL and \u{7f}\n", "tabs\tare fine\n",
    "=3D is no escape\n", String(repeating: "x=", count: 60) + "\n", "ends with a blank ",
  ]

  @Test(arguments: [BodyText.Form.forServers, .forReading])
  func bodiesAreReadAgain(form: BodyText.Form) throws {
    let messages = try Self.texts.map { try Samples.message(text: $0).encoded(form) }
    for (text, read) in zip(Self.texts, try MailServer.understand(messages)) {
      #expect(read.type == "text/plain")
      #expect(read.parts.map { $0[2] } == [text.hasSuffix("\n") ? text : text + "\n"])
      #expect(read.defects == [] && read.bareLineEnds == 0)
      if form == .forServers { #expect(read.isAscii && read.longestLine <= 78) }
    }
  }

  @Test func whatPeopleLookIntoIsReadable() throws {
    let message = try Samples.message()
    let file = String(decoding: message.encoded(.forReading), as: UTF8.self)
    #expect(file.contains("请打开下面的链接：\r\nhttps://nuanqun.example/reset?token=abc=def\r\n"))
  }

  @Test(arguments: [BodyText.Form.forServers, .forReading])
  func aPageStandsBesideTheText(form: BodyText.Form) throws {
    let html = "<!doctype html><p>请打开<a href=\"https://nuanqun.example/?a=1\">链接</a></p>\n"
    let read = try understood(Samples.message(html: html), form)
    #expect(read.type == "multipart/alternative")
    #expect(read.parts.map { $0[0] } == ["text/plain", "text/html"])
    #expect(read.parts.map { $0[2] } == [try Samples.message().text, html])
    #expect(read.defects == [])
  }

  @Test func everyHeaderStandsThereOnce() throws {
    let read = try understood(Samples.message(html: "<p>x</p>"))
    let names = read.headers.map { $0[0] }
    #expect(
      names == [
        "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
      ])
    #expect(read.header("Message-ID") == "<019f-reset.1@nuanqun.example>")
    #expect(read.header("Date") == "Sun, 11 Oct 2026 09:15:00 +0000")
  }

  static let injections = [
    "x\r\nBcc: all@example.com", "x\nBcc: all@example.com", "x\rBcc: all@example.com", "x\u{0}", "x\u{2028}y",
    "x\u{85}y",
    "\n", "x\u{1b}[31m",
  ]

  @Test(arguments: injections)
  func nothingBecomesAHeaderOfItsOwn(text: String) {
    #expect(throws: MailProblem.forbiddenCharacter(.subject)) { try Samples.message(subject: text) }
    #expect(throws: MailProblem.forbiddenCharacter(.identifier)) { try Samples.message(identifier: text) }
    #expect(throws: MailAddressProblem.name) { try MailAddress("a@nuanqun.example", name: text) }
    #expect(throws: MailAddressProblem.self) { try MailAddress("a\(text)@nuanqun.example") }
    #expect(throws: MailAddressProblem.self) { try MailAddress("a@nuanqun.example\(text)") }
  }

  @Test func aMessageGoesToSomebodyAndNotToEverybody() {
    let many = (0..<51).map { Samples.address("m\($0)@nuanqun.example") }
    #expect(throws: MailProblem.noRecipient) { try Samples.message(to: []) }
    #expect(throws: MailProblem.tooManyRecipients(limit: 50)) { try Samples.message(to: many) }
    #expect(throws: Never.self) { try Samples.message(to: Array(many.dropLast())) }
    #expect(throws: MailProblem.tooLong(.subject, limit: 200)) {
      try Samples.message(subject: String(repeating: "长", count: 201))
    }
  }
}
