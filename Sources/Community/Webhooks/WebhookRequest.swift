import Channels
import Foundation
import Identifiers

/// An event as it leaves: the same id and the same bytes at each attempt, signed anew.
struct WebhookRequest: Sendable {
  let event: ID<Event>
  let type: String
  let at: Date
  /// The text of the event's data, as the database writes it.
  let data: String

  /// `{"type": …, "timestamp": …, "data": …}`. The type is one of ours and needs no escape.
  var body: Data {
    let time = at.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    return Data(#"{"type":"\#(type)","timestamp":"\#(time)","data":\#(data)}"#.utf8)
  }

  /// With the signatures of all secrets that are good at present.
  func headers(signedWith secrets: [WebhookSecret], at now: Date) -> [(String, String)] {
    let (id, second) = ("\(event)", Int(now.timeIntervalSince1970))
    return [
      ("content-type", "application/json"), ("user-agent", "nuanqun"), ("webhook-id", id),
      ("webhook-timestamp", "\(second)"),
      (
        "webhook-signature",
        secrets.map { $0.signature(id: id, second: second, body: body) }.joined(separator: " ")
      ),
    ]
  }
}
