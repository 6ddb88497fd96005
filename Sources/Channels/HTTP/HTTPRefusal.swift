import Foundation
import NIOHTTP1

/// The refusals that HTTP itself defines, whoever on the way says them.
enum HTTPRefusal {
  /// The outcome of a status by which a server says that it did not act on the request; nil for every other status.
  ///
  /// A timeout (408) and everything from 500 on say nothing of the kind: the request may have been acted on.
  static func outcome(of answer: HTTPAnswer, hiding secret: Secret) -> DispatchOutcome? {
    func reason(_ kind: DispatchReason.Kind) -> DispatchReason {
      DispatchReason(kind, text: "HTTP \(answer.status.code)", hiding: secret)
    }
    return switch answer.status.code {
    case 429: .parked(for: pause(answer.headers), reason: reason(.rate))
    case 401, 403, 404, 405, 407, 410, 421: .broken(reason: reason(.account))
    case 411, 413, 414, 415, 417, 422, 431: .rejected(reason: reason(.content))
    default: nil
    }
  }

  /// What `Retry-After` asks for, within a minute and a day; a minute without it.
  static func pause(_ headers: HTTPHeaders) -> Duration {
    guard let text = headers.first(name: "retry-after") else { return shortest }
    if let seconds = Int(text) { return min(max(.seconds(seconds), shortest), longest) }
    let dates = DateFormatter()
    dates.locale = Locale(identifier: "en_US_POSIX")
    dates.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let date = dates.date(from: text) else { return shortest }
    return min(max(.seconds(date.timeIntervalSinceNow), shortest), longest)
  }

  private static let shortest: Duration = .seconds(60)
  private static let longest: Duration = .seconds(86_400)
}
