import Foundation
import Mail

/// Messages like those that the product sends.
enum Samples {
  static func address(_ text: String, _ name: String? = nil) -> MailAddress {
    // The samples' own addresses are right.
    try! MailAddress(text, name: name)
  }

  static let from = address("no-reply@nuanqun.example", "暖群")

  static func message(
    to: [MailAddress] = [address("chen@nuancheng.example", "陈经理")], replyTo: MailAddress? = nil,
    subject: String = "重置密码", text: String = "请打开下面的链接：\nhttps://nuanqun.example/reset?token=abc=def\n.\n..点\n",
    html: String? = nil, identifier: String = "019f-reset.1", date: Date = Date(timeIntervalSince1970: 1_791_710_100)
  ) throws -> MailMessage {
    try MailMessage(
      from: from, to: to, replyTo: replyTo, subject: subject, text: text, html: html, identifier: identifier, date: date
    )
  }
}
