import Foundation

extension MailMessage {
  /// The message as RFC 5322 and MIME have it.
  func encoded(_ form: BodyText.Form) -> Data {
    var headers = [
      ("Date", HeaderText.date(date)), ("From", HeaderText.address(from)), ("To", HeaderText.addresses(to)),
    ]
    if let replyTo { headers.append(("Reply-To", HeaderText.address(replyTo))) }
    headers += [
      ("Subject", HeaderText.unstructured(subject)), ("Message-ID", "<\(identifier)@\(from.domain)>"),
      // Nobody's absence note is to answer it.
      ("Auto-Submitted", "auto-generated"), ("MIME-Version", "1.0"),
    ]
    let plain = Self.part("plain", text, form)
    guard let html else { return Self.data(headers + plain.headers, plain.body) }

    let boundary = "=_\(UUID().uuidString)"
    headers.append(("Content-Type", "multipart/alternative;\r\n boundary=\"\(boundary)\""))
    let parts = [plain, Self.part("html", html, form)].map { part in
      "--\(boundary)\n\(Self.text(part.headers))\n\(part.body)"
    }
    // The line end before a boundary belongs to the boundary.
    return Self.data(headers, (parts + ["--\(boundary)--\n"]).joined(separator: "\n"))
  }

  private typealias Header = (name: String, value: String)

  private static func part(
    _ subtype: String, _ text: String, _ form: BodyText.Form
  ) -> (headers: [Header], body: String) {
    let body = BodyText(text, form)
    return (
      [("Content-Type", "text/\(subtype); charset=utf-8"), ("Content-Transfer-Encoding", body.encoding)], body.lines
    )
  }

  private static func text(_ headers: [Header]) -> String {
    headers.map { "\($0.name): \($0.value.replacing("\r\n", with: "\n"))\n" }.joined()
  }

  private static func data(_ headers: [Header], _ body: String) -> Data {
    var bytes: [UInt8] = []
    for byte in "\(text(headers))\n\(body)".utf8 {
      if byte == UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\r")) }
      bytes.append(byte)
    }
    return Data(bytes)
  }
}
