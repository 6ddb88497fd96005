import Foundation
import Mail

extension Deployment {
  /// Where mail leaves, and in whose name.
  struct MailRoute: Sendable {
    let outlet: any MailOutlet
    let from: MailAddress
  }

  /// The route of mail; nil when neither a server nor a folder is set. A server comes before a folder.
  func mail() throws -> MailRoute? {
    if let url = try settings.text("NUANQUN_SMTP_URL") {
      let server: SMTPServer
      do {
        server = try SMTPServer(url: url)
      } catch {
        throw SettingError(name: "NUANQUN_SMTP_URL", problem: "cannot be used: \(error)")
      }
      let from = try settings.required(
        "NUANQUN_MAIL_FROM", remedy: "give the address in whose name mail is sent, as 暖群 <no-reply@example.com>")
      return MailRoute(outlet: SMTPOutlet(server), from: try sender(from))
    }
    guard let folder = try settings.text("NUANQUN_MAIL_OUTBOX") else { return nil }
    let from = try settings.text("NUANQUN_MAIL_FROM") ?? "Nuanqun <nuanqun@localhost>"
    return MailRoute(
      outlet: FileOutbox(folder: URL(filePath: folder, directoryHint: .isDirectory)), from: try sender(from))
  }

  private func sender(_ text: String) throws -> MailAddress {
    do {
      return try MailAddress(parsing: text)
    } catch {
      throw SettingError(
        name: "NUANQUN_MAIL_FROM", problem: "is '\(text)'; give an address, as 暖群 <no-reply@example.com>")
    }
  }
}
