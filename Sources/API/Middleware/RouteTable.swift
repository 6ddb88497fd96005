import HTTPTypes
import Hummingbird
import Wording

/// Which methods each path takes, to tell a wrong method from a wrong address.
struct RouteTable: Sendable {
  /// What Hummingbird notes as the route of a request that has none.
  static let none = "NotFound"

  /// The methods that the log and the metrics know by name.
  static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

  /// The methods by the segments of the path's template; nil stands for any segment.
  private let templates: [(segments: [Substring?], methods: [HTTPRequest.Method])]

  init(_ document: OpenAPIDocument) {
    templates = document.operations.map { path, methods in
      let segments = path.split(separator: "/").map { $0.hasPrefix("{") ? nil : $0 }
      return (segments, methods)
    }
  }

  /// What to say to a request that no route takes.
  func problem(for request: Request) -> Problem {
    let segments = request.uri.path.split(separator: "/")
    let methods = templates.filter { Self.matches($0.segments, segments) }.flatMap(\.methods)
    guard !methods.isEmpty else { return Problem(.unknownRoute) }
    let allowed = (methods + (methods.contains(.get) ? [.head] : [])).map(\.rawValue).sorted().joined(separator: ", ")
    return Problem(.methodNotAllowed, [.limit: allowed], headers: [.allow: allowed])
  }

  private static func matches(_ template: [Substring?], _ segments: [Substring]) -> Bool {
    template.count == segments.count && zip(template, segments).allSatisfy { $0 == nil || $0 == $1 }
  }
}
