import Foundation
import Hummingbird

/// Who looks at a page: the language, the zone and how far they have read.
struct Viewer: Sendable {
  let language: Language
  let time: ChatTime
  var seen: SeenRooms
  /// Whether the language was chosen on this page and has to be remembered.
  private let isChosenNow: Bool

  init(language: Language, time: ChatTime, seen: SeenRooms = SeenRooms(nil, epoch: "")) {
    self.language = language
    self.time = time
    self.seen = seen
    isChosenNow = false
  }

  init(_ request: Request, zone: TimeZone, now: Moment, epoch: String) {
    let query = request.uri.queryParameters["lang"].map(String.init)
    language = Language(
      query: query, cookie: request.cookies["lang"]?.value, acceptLanguage: request.headers[.acceptLanguage])
    isChosenNow = query.flatMap { Language(tag: $0) } != nil
    time = ChatTime(language, zone: zone, now: now)
    seen = SeenRooms(request.cookies[SeenRooms.cookie]?.value, epoch: epoch)
  }

  var cookies: [String] {
    let chosen = "lang=\(language.rawValue); Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
    return isChosenNow ? [seen.header, chosen] : [seen.header]
  }
}
