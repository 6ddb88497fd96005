import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// The control API: robots and rooms, faults, and what has been posted.
struct ControlRoutes: Sendable {
  let platform: Platform

  private static let bodyLimit = 8 << 20

  func add(to router: Router<SandboxContext>) {
    let group = router.group("sandbox")
    group.post("robots", use: addRobots)
    group.get("robots") { _, _ in Response.json(await platform.robotRecords()) }
    group.patch("robots/{robot}", use: changeRobot)
    group.delete("robots/{robot}", use: removeRobot)
    group.get("faults") { _, _ in Response.json(await platform.faultRecords()) }
    group.put("faults", use: setFaults)
    group.delete("faults") { _, _ in
      await platform.setFaults([])
      return Response(status: .noContent)
    }
    group.get("messages", use: messages)
    group.post("pictures", use: addPicture)
  }

  @Sendable func addRobots(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let registrations: [RobotRegistration]
    switch await decode([RobotRegistration].self, from: request) {
    case .failure(let refused): return refused.response
    case .success(let value): registrations = value
    }
    for (index, registration) in registrations.enumerated() {
      if let problem = registration.problem {
        return .problem(problem.text, field: "[\(index)].\(problem.field)")
      }
    }
    await platform.register(registrations)
    let ids = Set(registrations.map { RobotID(key: $0.key) })
    return .json(await platform.robotRecords().filter { ids.contains($0.robot) }, status: .created)
  }

  @Sendable func changeRobot(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let change: RobotChange
    switch await decode(RobotChange.self, from: request) {
    case .failure(let refused): return refused.response
    case .success(let value): change = value
    }
    let state: Robot.State =
      change.disabled == true ? .disabled : change.inRoom == false ? .notInRoom : .active
    return await set(state, context)
  }

  @Sendable func removeRobot(_ request: Request, _ context: SandboxContext) async throws -> Response {
    await set(.removed, context)
  }

  private func set(_ state: Robot.State, _ context: SandboxContext) async -> Response {
    let robot = context.parameters.get("robot") ?? ""
    return await platform.setState(state, of: robot)
      ? Response(status: .noContent) : .problem("there is no such robot", status: .notFound)
  }

  @Sendable func setFaults(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let rules: [FaultRule]
    switch await decode([FaultRule].self, from: request) {
    case .failure(let refused): return refused.response
    case .success(let value): rules = value
    }
    for (index, rule) in rules.enumerated() {
      if let problem = rule.problem { return .problem(problem.text, field: "[\(index)].\(problem.field)") }
    }
    await platform.setFaults(rules)
    return Response(status: .noContent)
  }

  @Sendable func messages(_ request: Request, _ context: SandboxContext) async throws -> Response {
    let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 1000
    guard (1...10_000).contains(limit) else { return .problem("must be from 1 to 10000", field: "limit") }
    guard let since = request.uri.queryParameters["since"] else {
      return .json(await platform.messages(limit: limit) { _ in true })
    }
    if let number = Int(since) { return .json(await platform.messages(limit: limit) { $0.number > number }) }
    if let moment = Moment(String(since)) { return .json(await platform.messages(limit: limit) { $0.at >= moment }) }
    return .problem("must be a message's number or an RFC 3339 time", field: "since")
  }

  @Sendable func addPicture(_ request: Request, _ context: SandboxContext) async throws -> Response {
    guard case .whole(let bytes) = await ReadBody(request, limit: MessageLimits.image) else {
      return .problem("the picture must not be larger than 2 MB", status: .contentTooLarge)
    }
    let kind = MediaKind(sniffing: bytes)
    guard kind.isPicture else { return .problem("only PNG and JPEG", status: .unsupportedMediaType) }
    let hash = SHA256.hash(data: bytes).hex
    await platform.keep(bytes, as: MediaReference(sha256: hash, name: "", size: bytes.count, kind: kind))
    return .json(["path": "/media/\(hash)"], status: .created)
  }

  private struct Refused: Error {
    let response: Response
  }

  private func decode<Value: Decodable>(_ type: Value.Type, from request: Request) async -> Result<Value, Refused> {
    // A page of another site could post plain text to loopback, but not JSON.
    guard HeaderParameters(request.headers[.contentType] ?? "").value.lowercased() == "application/json" else {
      return .failure(
        Refused(response: .problem("the content type must be application/json", status: .unsupportedMediaType)))
    }
    switch await ReadBody(request, limit: Self.bodyLimit) {
    case .tooLarge:
      return .failure(Refused(response: .problem("the body is too large", status: .contentTooLarge)))
    case .broken:
      return .failure(Refused(response: .problem("the body ended early")))
    case .whole(let body):
      do {
        return .success(try JSONDecoder().decode(type, from: body))
      } catch {
        return .failure(Refused(response: Self.problem(of: error)))
      }
    }
  }

  private static func problem(of error: any Error) -> Response {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      .problem("is missing", field: (context.codingPath + [key]).dotted)
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      .problem("has the wrong type", field: context.codingPath.dotted)
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      .problem(context.debugDescription, field: context.codingPath.dotted)
    default:
      .problem("the body is not JSON")
    }
  }
}
