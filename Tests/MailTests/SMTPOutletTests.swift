import Foundation
import Glibc
import Testing

@testable import Mail

/// Against a real server, over real connections.
@Suite(.timeLimit(.minutes(2))) struct SMTPOutletTests {
  private func outlet(
    _ server: MailServer, _ options: String = "", scheme: String = "smtp", login: String = "", trusting: Bool = true,
    total: Duration = .seconds(30)
  ) throws -> SMTPOutlet {
    var address = try SMTPServer(url: "\(scheme)://\(login)127.0.0.1:\(server.port)\(options)")
    if trusting { address.certificates = server.certificate }
    var limits = SMTPOutlet.Limits()
    limits.total = total
    return SMTPOutlet(address, limits: limits)
  }

  private func failure(_ body: () async throws -> Void) async -> MailError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? MailError
    }
  }

  @Test func aMessageArrivesAsItWasWritten() async throws {
    let server = try MailServer()
    let message = try Samples.message(
      to: [Samples.address("chen@nuancheng.example", "陈经理"), Samples.address("li@nuancheng.example")])
    try await outlet(server, trusting: false).send(message)
    let received = try #require(try server.messages().first)
    #expect(try server.messages().count == 1)
    #expect(received.sender == "no-reply@nuanqun.example")
    #expect(received.recipients == ["chen@nuancheng.example", "li@nuancheng.example"])
    #expect(!received.isEncrypted, "on loopback nobody reads along")
    #expect(received.message.header("Subject") == "重置密码")
    #expect(received.message.from == ["暖群", "no-reply@nuanqun.example"])
    #expect(received.message.addresses == [["陈经理", "chen@nuancheng.example"], ["", "li@nuancheng.example"]])
    #expect(received.message.parts[0][2] == message.text, "a line that begins with a dot comes through too")
    #expect(received.message.defects == [])
  }

  @Test func startTLSComesBeforeEverything() async throws {
    let server = try MailServer(.starttls, login: ["nuanqun", "p@ss:word/暖"])
    let login = "nuanqun:p%40ss%3Aword%2F%E6%9A%96@"
    try await outlet(server, "?starttls=required", login: login).send(Samples.message())
    let received = try #require(try server.messages().first)
    #expect(received.isEncrypted && received.isAuthenticated)
  }

  @Test func tlsFromTheBeginning() async throws {
    let server = try MailServer(.implicit)
    try await outlet(server, scheme: "smtps").send(Samples.message())
    #expect(try server.messages().map(\.isEncrypted) == [true])
  }

  @Test func nothingIsSentWhereTheServerKnowsNoTLS() async throws {
    let server = try MailServer()
    let error = await failure {
      try await outlet(server, "?starttls=required", trusting: false).send(Samples.message())
    }
    #expect(error?.reason == .insecure && error?.isTemporary == true, "\(String(describing: error))")
    #expect(try server.messages().isEmpty)
  }

  @Test(arguments: [MailServer.Encryption.starttls, .implicit])
  func nothingIsSentToAServerThatNobodyVouchesFor(encryption: MailServer.Encryption) async throws {
    let server = try MailServer(encryption)
    let outlet = try outlet(
      server, encryption == .starttls ? "?starttls=required" : "", scheme: encryption == .starttls ? "smtp" : "smtps",
      trusting: false)
    let error = await failure { try await outlet.send(Samples.message()) }
    #expect(error?.reason == .insecure, "\(String(describing: error))")
    #expect(try server.messages().isEmpty)
  }

  @Test func aWrongPasswordIsSaidToBeOne() async throws {
    let server = try MailServer(.starttls, login: ["nuanqun", "right"])
    let outlet = try outlet(server, "?starttls=required", login: "nuanqun:wrong-secret@")
    for error in [
      await failure { try await outlet.send(Samples.message()) }, await failure { try await outlet.check() },
    ] {
      #expect(error?.reason == .login && error?.isTemporary == true, "\(String(describing: error))")
      #expect(error?.description.contains("wrong-secret") == false)
    }
    #expect(try server.messages().isEmpty)
  }

  @Test func aLoginThatIsMissingIsSaidToBe() async throws {
    let server = try MailServer(.starttls, login: ["nuanqun", "right"])
    let error = await failure { try await outlet(server, "?starttls=required").send(Samples.message()) }
    #expect(error?.reason == .login && error?.replyCode == 530, "\(String(describing: error))")
  }

  @Test(arguments: [("busy", 450, true), ("gone", 550, false), ("full", 552, false)])
  func whatTheServerRefusesIsTemporaryOrNot(kind: String, code: Int, isTemporary: Bool) async throws {
    let server = try MailServer()
    let to = [Samples.address("chen@nuancheng.example"), Samples.address("\(kind)@nuancheng.example")]
    let error = await failure { try await outlet(server, trusting: false).send(Samples.message(to: to)) }
    #expect(error?.reason == .refused && error?.replyCode == code && error?.isTemporary == isTemporary)
    #expect(error?.description.contains("\(code)") == true, "\(String(describing: error))")
    #expect(try server.messages().isEmpty, "nobody has got it")
  }

  @Test func aServerThatNeverAnswersIsGivenUp() async throws {
    let server = try MailServer()
    let to = [Samples.address("slow@nuancheng.example")]
    let outlet = try outlet(server, trusting: false, total: .milliseconds(700))
    let error = await failure { try await outlet.send(Samples.message(to: to)) }
    #expect(error?.reason == .timedOut && error?.isTemporary == true, "\(String(describing: error))")
  }

  @Test func aConnectionThatEndsIsWorthAnotherTry() async throws {
    let server = try MailServer()
    let to = [Samples.address("cut@nuancheng.example")]
    let error = await failure { try await outlet(server, trusting: false).send(Samples.message(to: to)) }
    #expect(error?.reason == .unreachable && error?.isTemporary == true, "\(String(describing: error))")
  }

  @Test func aServerThatIsNotThereIsWorthAnotherTry() async throws {
    let outlet = SMTPOutlet(try SMTPServer(url: "smtp://127.0.0.1:9"))
    let error = await failure { try await outlet.send(Samples.message()) }
    #expect(error?.reason == .unreachable && error?.isTemporary == true)
    #expect(error?.replyCode == nil)
  }

  @Test func theServerIsGreetedWithoutAMessage() async throws {
    let server = try MailServer(.starttls, login: ["nuanqun", "right"])
    try await outlet(server, "?starttls=required", login: "nuanqun:right@").check()
    #expect(try server.messages().isEmpty)
  }

  @Test func manyLeaveAtOnce() async throws {
    let server = try MailServer()
    let outlet = try outlet(server, trusting: false)
    try await withThrowingTaskGroup { group in
      for number in 0..<30 {
        group.addTask { try await outlet.send(Samples.message(subject: "第 \(number) 封")) }
      }
      try await group.waitForAll()
    }
    let subjects = try server.messages().map { $0.message.header("Subject") ?? "" }
    #expect(Set(subjects) == Set((0..<30).map { "第 \($0) 封" }) && subjects.count == 30)
  }

  @Test func whatIsTooLargeIsRefusedBeforeAnybodyIsCalled() async throws {
    var limits = SMTPOutlet.Limits()
    limits.bytes = 2_000
    let outlet = SMTPOutlet(try SMTPServer(url: "smtp://127.0.0.1:9"), limits: limits)
    // The one is too large by itself, the other once its characters are written as ASCII.
    for text in [String(repeating: "x\n", count: 1_001), String(repeating: "长", count: 600)] {
      let error = await failure { try await outlet.send(Samples.message(text: text)) }
      #expect(error?.reason == .tooLarge && error?.isTemporary == false)
    }
  }

  @Test func aFullLineIsAnErrorOfMail() async throws {
    let server = try MailServer()
    var limits = SMTPOutlet.Limits()
    (limits.connections, limits.waiting, limits.total) = (1, 0, .seconds(3))
    let outlet = SMTPOutlet(try SMTPServer(url: "smtp://127.0.0.1:\(server.port)"), limits: limits)
    let message = try Samples.message(to: [Samples.address("slow@nuancheng.example")])
    let errors = await withTaskGroup { group in
      for _ in 0..<3 { group.addTask { await failure { try await outlet.send(message) } } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(errors.compactMap { $0?.reason.rawValue }.sorted() == ["busy", "busy", "timed_out"])
    #expect(errors.allSatisfy { $0?.isTemporary == true })
  }
}
