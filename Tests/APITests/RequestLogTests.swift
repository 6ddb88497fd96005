import Foundation
import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import Tenancy
import Testing

@testable import API

@Suite struct RequestLogTests {
  @Test func everyRequestIsOneLineWithoutItsSecrets() async throws {
    let lines = Lines()
    try await withAPI({ house in
      var dependencies = house.dependencies()
      dependencies.logger = Logger(label: "api") { _ in LinesHandler(lines: lines) }
      return dependencies
    }) { api, house in
      let brand = api.within(try await house.brand().slug)
      let robot = UUID().uuidString.lowercased()
      _ = try await brand.get("groups?tag=geheim", headers: [.requestID: "r-1"])
      _ = try await brand.post("channels", #"{"kind": "wecom_robot", "name": "a", "webhook": "\#(robot)"}"#)
      _ = try await brand.post("channels", #"{"kind": "wecom_robot", "name": "a", "webhook": "\#(robot)"}"#)
      _ = try await api.get("/geheim")
      _ = try await api.with(key: "nq_geheim").get("agency")

      let all = lines.values
      #expect(all.count == 5, "\(all)")
      #expect(all[0].contains("route=/v1/brands/{brand}/groups") && all[0].contains("status=200"), "\(all[0])")
      #expect(all[0].contains("request_id=r-1") && all[0].contains("key="), "\(all[0])")
      #expect(all[3].contains("route=none") && all[3].contains("status=404"), "\(all[3])")
      #expect(all[4].contains("status=401"), "\(all[4])")
      for secret in ["geheim", robot, house.key] { #expect(!all.contains { $0.contains(secret) }, "\(all)") }
    }
  }
}

/// What was logged.
private final class Lines: Sendable {
  private let box = NIOLockedValueBox<[String]>([])

  var values: [String] { box.withLockedValue { $0 } }

  func add(_ line: String) {
    box.withLockedValue { $0.append(line) }
  }
}

private struct LinesHandler: LogHandler {
  let lines: Lines
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  init(lines: Lines) {
    self.lines = lines
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let values = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map {
      "\($0.key)=\($0.value)"
    }
    lines.add("\(event.message) \(values.joined(separator: " "))")
  }
}
