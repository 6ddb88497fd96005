import NIOCore
import NIOHTTP1

/// Judges an exchange with WeCom.
///
/// Accepted means HTTP 200 and code 0. Everything that is not an answer in WeCom's own form, or a refusal that HTTP
/// itself defines, is unknown.
struct WeComVerdict {
  let outcome: DispatchOutcome
  /// The id of an uploaded medium.
  let mediaID: String?

  init(_ exchange: HTTPExchange, hiding key: Secret) {
    var mediaID: String?
    outcome =
      switch exchange {
      case .neverLeft(let kind, let text): .notSent(reason: DispatchReason(kind, text: text, hiding: key))
      case .mayHaveLeft(let kind, let text): .unknown(reason: DispatchReason(kind, text: text, hiding: key))
      case .answered(let answer): Self.outcome(of: answer, mediaID: &mediaID, hiding: key)
      }
    self.mediaID = mediaID
  }

  private static func outcome(
    of answer: HTTPAnswer, mediaID: inout String?, hiding key: Secret
  ) -> DispatchOutcome {
    let parsed = WeComAnswer(body: answer.body.readableBytesView)
    switch (answer.status.code, parsed) {
    case (200, nil):
      return .unknown(reason: DispatchReason(.unreadableAnswer, text: "HTTP 200 without a code", hiding: key))
    case (200, let parsed?):
      if let refusal = refusal(parsed, hiding: key) { return refusal }
      mediaID = parsed.mediaID
      return .confirmed(receipt: DispatchReceipt(messageID: parsed.messageID))
    case (400..<500, let parsed):
      // A code that WeCom is known for says more than the status it came with.
      let isKnown = parsed.map { $0.code != 0 && PlatformErrorTable.weCom[$0.code] != nil } ?? false
      if isKnown, let parsed, let refusal = refusal(parsed, hiding: key) { return refusal }
      if let refusal = HTTPRefusal.outcome(of: answer, hiding: key) { return refusal }
      fallthrough
    default:
      return .unknown(reason: DispatchReason(.serverError, text: "HTTP \(answer.status.code)", hiding: key))
    }
  }

  private static func refusal(_ answer: WeComAnswer, hiding key: Secret) -> DispatchOutcome? {
    PlatformErrorTable.weCom.refusal(code: answer.code, text: answer.message, hiding: key)
  }
}
