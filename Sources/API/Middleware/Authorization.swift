import HTTPTypes
import Hummingbird
import Tenancy
import Wording

/// Looks whether the caller may do what the route does, by what the contract says of it (`x-permission`). A route of which
/// it says nothing is refused to all.
struct Authorization: RouterMiddleware {
  typealias Context = CallerContext

  let rights: RouteRights

  func handle(
    _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
  ) async throws -> Response {
    switch rights.need(of: request.method, path: context.endpointPath ?? "") {
    case .nothing: break
    case .permission(let permission):
      let held = context.brand.map { context.caller.permissions(in: $0.id) } ?? context.caller.everywhere
      guard held.contains(permission) else { throw Self.refusal(permission) }
    case .anywhere(let permission):
      guard context.caller.holdsAnywhere(permission) else { throw Self.refusal(permission) }
    case nil: throw Problem(.forbidden, [.actual: "-"])
    }
    return try await next(request, context)
  }

  static func refusal(_ permission: Permission) -> Problem {
    Problem(.forbidden, [.actual: permission.rawValue])
  }
}

/// What each route needs, as the contract says.
struct RouteRights: Sendable {
  /// What a route needs.
  enum Need: Sendable, Hashable {
    /// To be known is enough.
    case nothing
    /// In the brand of the path, or in the whole agency where the path names none.
    case permission(Permission)
    /// In any brand: what the answer shows is chosen row by row.
    case anywhere(Permission)
  }

  private let needs: [String: Need]

  init(_ document: OpenAPIDocument) {
    var needs: [String: Need] = [:]
    for (path, item) in document.root["paths"]?.object ?? [:] {
      for (method, operation) in item.object ?? [:] {
        guard let text = operation["x-permission"]?.string, let need = Need(text) else { continue }
        needs["\(method.uppercased()) \(path)"] = need
      }
    }
    self.needs = needs
  }

  /// A HEAD needs what its GET does.
  func need(of method: HTTPRequest.Method, path: String) -> Need? {
    let path = path.hasPrefix("/") ? path : "/" + path
    return needs["\(method == .head ? "GET" : method.rawValue) \(path)"]
  }
}

extension RouteRights.Need {
  /// Reads `none`, `groups.read` or `any groups.read`.
  init?(_ text: String) {
    if text == "none" {
      self = .nothing
    } else if text.hasPrefix("any "), let permission = Permission(rawValue: String(text.dropFirst(4))) {
      self = .anywhere(permission)
    } else if let permission = Permission(rawValue: text) {
      self = .permission(permission)
    } else {
      return nil
    }
  }
}
