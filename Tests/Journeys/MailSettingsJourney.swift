import Foundation
import Testing

/// What `nuanqun doctor` says of the settings of mail.
@Suite(.timeLimit(.minutes(2))) struct MailSettingsJourney {
  struct Case: Sendable, CustomTestStringConvertible {
    let settings: [String: String]
    /// What the line about mail begins with, after the mark.
    let verdict: String
    /// A part of what it says.
    let remedy: String

    init(_ settings: [String: String], _ verdict: String, _ remedy: String) {
      (self.settings, self.verdict, self.remedy) = (settings, verdict, remedy)
    }

    var testDescription: String { "\(settings)" }
  }

  private static let from = ["NUANQUN_MAIL_FROM": "暖群 <no-reply@nuanqun.example>"]

  private static func server(_ url: String) -> [String: String] {
    from.merging(["NUANQUN_SMTP_URL": url]) { $1 }
  }

  static let cases = [
    Case([:], "warning", "neither NUANQUN_SMTP_URL nor NUANQUN_MAIL_OUTBOX is set"),
    Case(["NUANQUN_SMTP_URL": "", "NUANQUN_MAIL_OUTBOX": ""], "warning", "is set"),
    Case(from, "warning", "is set"),
    Case(["NUANQUN_SMTP_URL": "smtp://127.0.0.1:9"], "PROBLEM", "NUANQUN_MAIL_FROM is not set; give the address"),
    Case(server("nonsense"), "PROBLEM", "NUANQUN_SMTP_URL cannot be used: write smtp://"),
    Case(server("smtp://nuanqun@mail.example"), "PROBLEM", "NUANQUN_SMTP_URL cannot be used: give both user and"),
    Case(server("smtp://u:secret@mail.example?starttls=off"), "PROBLEM", "in the clear"),
    Case(server("smtp://u:secret@127.0.0.1:9"), "PROBLEM", "connect to server; are NUANQUN_SMTP_URL"),
    Case(
      ["NUANQUN_SMTP_URL": "smtp://127.0.0.1:9", "NUANQUN_MAIL_FROM": "暖群"], "PROBLEM",
      "NUANQUN_MAIL_FROM is '暖群'; give an address"),
    Case(
      ["NUANQUN_MAIL_OUTBOX": "/tmp", "NUANQUN_MAIL_FROM": "暖群"], "PROBLEM",
      "NUANQUN_MAIL_FROM is '暖群'; give an address"),
    Case(
      ["NUANQUN_SMTP_URL_FILE": "/nonexistent/secret"], "PROBLEM", "NUANQUN_SMTP_URL_FILE names /nonexistent/secret"),
    Case(["NUANQUN_MAIL_OUTBOX": "/dev/null/outbox"], "PROBLEM", "cannot write into /dev/null/outbox"),
    Case(["NUANQUN_MAIL_OUTBOX": "/tmp"], "ok", "mail"),
    Case(
      server("smtp://127.0.0.1:9").merging(["NUANQUN_MAIL_OUTBOX": "/tmp"]) { $1 }, "PROBLEM", "are NUANQUN_SMTP_URL"),
  ]

  @Test(arguments: cases)
  func theDoctorSaysWhatIsWrongAndHowToMendIt(wrong: Case) async throws {
    let end = try await Product.run(["doctor"], wrong.settings)
    let lines = end.output.split(separator: "\n").map(String.init).filter { $0.dropFirst(9).hasPrefix("mail") }
    let line = try #require(lines.first)
    #expect(lines.count == 1)
    #expect(line.hasPrefix(wrong.verdict))
    #expect(line.contains(wrong.remedy), "\(line)")
    #expect(!line.contains("secret@"), "a password never shows")
  }

  @Test func aSettingMayBeAFile() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "nuanqun-smtp-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("smtp://u@mail.example\n".utf8).write(to: file)
    let end = try await Product.run(["doctor"], Self.from.merging(["NUANQUN_SMTP_URL_FILE": file.path]) { $1 })
    #expect(end.output.contains("NUANQUN_SMTP_URL cannot be used: give both user and password"))
  }
}
