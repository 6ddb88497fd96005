import Testing

@testable import Mail

@Suite struct SMTPServerTests {
  @Test(
    arguments: [
      ("smtp://mail.example", "smtp://mail.example:587", .startTLS),
      ("smtps://mail.example", "smtps://mail.example:465", .implicit),
      ("smtp://u:p@mail.example:2525", "smtp://mail.example:2525", .startTLS),
      ("SMTP://mail.example/", "smtp://mail.example:587", .startTLS),
      ("smtp://localhost:25", "smtp://localhost:25", .none), ("smtp://127.0.0.2", "smtp://127.0.0.2:587", .none),
      ("smtp://[::1]:25", "smtp://[::1]:25", .none), ("smtp://u:p@localhost:25", "smtp://localhost:25", .none),
      ("smtp://localhost?starttls=required", "smtp://localhost:587", .startTLS),
      ("smtp://mail.internal:25?starttls=off", "smtp://mail.internal:25", .none),
      ("smtp://localhost.example", "smtp://localhost.example:587", .startTLS),
      ("smtp://127.example", "smtp://127.example:587", .startTLS),
    ] as [(String, String, SMTPServer.Encryption)])
  func anAddressIsRead(text: String, url: String, encryption: SMTPServer.Encryption) throws {
    let server = try SMTPServer(url: text)
    #expect(server.url == url)
    #expect(server.encryption == encryption)
  }

  @Test func theLoginIsDecoded() throws {
    let server = try SMTPServer(url: "smtps://no-reply%40nuanqun.example:a%3Ab%2Fc%25@mail.example")
    #expect(server.user == "no-reply@nuanqun.example")
    #expect(server.password == "a:b/c%")
    #expect(!"\(server) \(String(reflecting: server))".contains("a:b/c"))
  }

  @Test(arguments: [
    ("", "write smtp://"), ("nonsense", "write smtp://"), ("http://mail.example", "write smtp://"),
    ("smtp://", "name a host"),
    ("smtp://user:secret@", "name a host"), ("smtp://mail.example:0", "port"), ("smtp://mail.example:99999", "port"),
    ("smtp://mail.example/inbox", "nothing may follow"), ("smtp://mail.example#x", "nothing may follow"),
    ("smtp://user@mail.example", "both user and password"), ("smtp://mail.example?starttls=maybe", "only options"),
    ("smtps://mail.example?starttls=off", "only options"), ("smtp://mail.example?tls=off", "only options"),
    ("smtp://user:secret@mail.example?starttls=off", "in the clear"), ("smtp://mail exa.mple", "write smtp://"),
  ])
  func whatCannotBeUsedIsRefusedWithTheRemedy(text: String, remedy: String) {
    let problem = #expect(throws: SMTPServerProblem.self) { try SMTPServer(url: text) }
    #expect(problem?.description.contains(remedy) == true, "\(String(describing: problem))")
    #expect(problem?.description.contains("secret") == false)
  }
}
