import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import Sandbox

/// A sandbox of one test: its own log, a clock that the test moves, two robots in two rooms.
struct SandboxFixture: Sendable {
  static let key = "1b1c0de0-0000-4000-8000-000000000001"
  static let otherKey = "1b1c0de0-0000-4000-8000-000000000002"

  let folder: URL
  let time = ManualTime()
  var configuration: SandboxConfiguration

  init() throws {
    folder = URL.temporaryDirectory.appending(path: "sandbox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    configuration = SandboxConfiguration(logPath: folder.appending(path: "log.ndjson").path)
    configuration.clock = SandboxClock { [time] in time.now }
    configuration.stopGrace = .milliseconds(200)
    configuration.robots = [
      RobotRegistration(key: Self.key, name: "小暖助手", room: .init(name: "上海宝妈交流一群", brand: "悠然母婴", members: 186)),
      RobotRegistration(key: Self.otherKey, room: .init(name: "鲜活到家·浦东群", brand: "田野鲜生")),
    ]
  }

  var log: SandboxLog {
    get throws { try SandboxLog(contentsOf: configuration.logPath) }
  }

  /// Runs a test against the sandbox and removes its files.
  func run(
    _ setup: TestingSetup = .router, _ test: @Sendable (SandboxClient) async throws -> Void
  ) async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let sandbox = try await buildSandbox(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await sandbox.test(setup) { try await test(SandboxClient(http: $0)) }
  }
}

/// A clock that stands still until the test moves it.
final class ManualTime: Sendable {
  private let moment = NIOLockedValueBox(Moment(milliseconds: 1_767_225_600_000))

  var now: Moment { moment.withLockedValue { $0 } }

  func advance(by duration: Duration) {
    moment.withLockedValue { $0 = $0.advanced(by: duration) }
  }
}

/// Speaks the robot protocol and the control API.
struct SandboxClient: Sendable {
  struct Answer: Decodable {
    var errcode: Int
    var errmsg: String
    var type: String?
    var media_id: String?
    var created_at: String?
  }

  let http: any TestClientProtocol

  var port: Int { http.port ?? 0 }

  func send(_ json: String, key: String = SandboxFixture.key) async throws -> Answer {
    try await answer(send: Data(json.utf8), key: key)
  }

  func answer(
    send body: Data, key: String = SandboxFixture.key, type: String? = "application/json"
  ) async throws -> Answer {
    var headers = HTTPFields()
    headers[.contentType] = type
    return try await http.execute(
      uri: "/cgi-bin/webhook/send?key=\(key)", method: .post, headers: headers, body: ByteBuffer(bytes: body)
    ) { try Self.answer($0) }
  }

  func send(text: String, key: String = SandboxFixture.key) async throws -> Answer {
    try await send(Self.json(["msgtype": "text", "text": ["content": text]]), key: key)
  }

  func upload(
    _ bytes: Data, name: String = "价目表.pdf", type: String = "file", key: String = SandboxFixture.key,
    field: String = "media"
  ) async throws -> Answer {
    let boundary = "----boundary\(bytes.count)"
    var body = Data("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\n".utf8)
    body += Data("Content-Type: application/octet-stream\r\n\r\n".utf8) + bytes + Data("\r\n--\(boundary)--\r\n".utf8)
    return try await http.execute(
      uri: "/cgi-bin/webhook/upload_media?key=\(key)&type=\(type)", method: .post,
      headers: [.contentType: "multipart/form-data; boundary=\(boundary)"], body: ByteBuffer(bytes: body)
    ) { try Self.answer($0) }
  }

  @discardableResult
  func control(_ method: HTTPRequest.Method, _ path: String, _ json: String? = nil) async throws -> TestResponse {
    try await http.execute(
      uri: "/sandbox/\(path)", method: method,
      headers: json == nil ? [:] : [.contentType: "application/json"], body: json.map { ByteBuffer(string: $0) })
  }

  func order(_ faults: FaultRule...) async throws {
    let json = String(decoding: try JSONEncoder().encode(faults), as: UTF8.self)
    #expect(try await control(.put, "faults", json).status == .noContent)
  }

  func page(_ path: String, headers: HTTPFields = [:]) async throws -> String {
    let response = try await http.execute(uri: path, method: .get, headers: headers)
    return String(buffer: response.body)
  }

  static func answer(_ response: TestResponse) throws -> Answer {
    #expect(response.status == .ok)
    return try JSONDecoder().decode(Answer.self, from: Data(response.body.readableBytesView))
  }

  static func json(_ value: [String: Any]) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
  }
}

/// The smallest PNG there is, one pixel.
let onePixel = Data(
  base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")!
