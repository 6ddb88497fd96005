import Mail
import Testing

@Suite struct MailAddressTests {
  @Test(arguments: [
    "chen@nuancheng.example", "chen.jingli+nuanqun@mail.nuancheng.example", "a@b", "o'neill@example.com",
    "x_y-z=1@sub-domain.example", "10001@qq.com", "chen@xn--fiq228c.example",
    "\(String(repeating: "a", count: 64))@\(String(repeating: "b", count: 63)).example",
  ])
  func anAddressIsTaken(text: String) throws {
    #expect(try MailAddress(text).address == text)
  }

  @Test(
    arguments: [
      ("", MailAddressProblem.empty), ("chen", .notOneAt), ("chen@a@b", .notOneAt), ("@nuancheng.example", .localPart),
      ("chen@", .domain), (".chen@a.example", .localPart), ("chen.@a.example", .localPart),
      ("c..n@a.example", .localPart),
      ("\"a b\"@c.example", .forbiddenCharacter), ("\"ab\"@c.example", .localPart), ("a,b@c.example", .localPart),
      ("a<b@c.example", .localPart), ("chen@a..example", .domain), ("chen@-a.example", .domain),
      ("chen@a.example.", .domain),
      ("chen@[127.0.0.1]", .domain), ("chen@a_b.example", .domain), ("chen @a.example", .forbiddenCharacter),
      ("chen@a.example\0", .forbiddenCharacter), ("陈@a.example", .international), ("chen@暖群.example", .international),
      ("ch\u{e9}n@a.example", .international), ("\(String(repeating: "a", count: 65))@b.example", .localPart),
      ("chen@\(String(repeating: "b", count: 64)).example", .domain),
      ("a@\(String(repeating: "b.", count: 130))c", .tooLong(limit: 254)),
    ] as [(String, MailAddressProblem)])
  func whatIsNoAddressIsRefusedWithTheReason(text: String, problem: MailAddressProblem) {
    #expect(throws: problem) { try MailAddress(text) }
  }

  @Test(
    arguments: [
      ("no-reply@nuanqun.example", nil), ("暖群 <no-reply@nuanqun.example>", "暖群"),
      ("\"Nuanqun, Inc.\" <no-reply@nuanqun.example>", "Nuanqun, Inc."), ("<no-reply@nuanqun.example>", nil),
    ] as [(String, String?)])
  func aSenderIsReadWithItsName(text: String, name: String?) throws {
    let address = try MailAddress(parsing: text)
    #expect(address.address == "no-reply@nuanqun.example")
    #expect(address.name == name)
  }

  @Test(arguments: [
    "暖群 no-reply@nuanqun.example", "暖群 <no-reply@nuanqun.example", "暖群 <>", "x\n <a@nuanqun.example>", "a@b <c@d> e",
  ])
  func whatIsNoSenderIsRefused(text: String) {
    #expect(throws: MailAddressProblem.self) { try MailAddress(parsing: text) }
  }
}
