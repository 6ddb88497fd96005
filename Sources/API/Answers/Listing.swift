import Community
import Foundation
import HTTPTypes
import Hummingbird

/// The body of a list.
struct Items<Item: Encodable>: Encodable {
  let items: [Item]
}

extension Answer {
  /// A page of a list, with the address of the next one (RFC 8288) while there is one.
  ///
  /// - Parameter cursor: what `after` is for the page that follows a row.
  static func page<Item: Encodable & Sendable>(
    _ page: Page<Item>, of request: Request, cursor: (Item) -> String
  ) throws -> Answer {
    try list(page.items, next: page.hasMore ? page.items.last.map(cursor) : nil, of: request)
  }

  /// A page of resources.
  static func page<Item: Resource>(_ page: Page<Item>, of request: Request) throws -> Answer {
    try Answer.page(page, of: request) { "\($0.id)" }
  }

  /// A list of which the part after `next` is still to come.
  static func list(_ items: [some Encodable], next: String?, of request: Request) throws -> Answer {
    var answer = try json(Items(items: items))
    if let next { answer.headers[.link] = "<\(address(after: next, of: request))>; rel=\"next\"" }
    return answer
  }

  private static func address(after cursor: String, of request: Request) -> String {
    var parts = URLComponents()
    parts.path = request.uri.path
    parts.queryItems =
      request.uri.queryParameters.filter { $0.key != "after" }
      .map { URLQueryItem(name: String($0.key), value: String($0.value)) } + [
        URLQueryItem(name: "after", value: cursor)
      ]
    return parts.string ?? ""
  }
}
