import Foundation
import Sandbox
import Testing

@testable import Trials

/// Real processes that write their spans into one file.
@Suite(.serialized, .timeLimit(.minutes(4))) struct TraceTests {
  @Test func oneTraceLeadsFromTheFiringToEverySend() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "spans-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let rooms = 6
    try await FaultStage.with(rooms: rooms, plans: 1, settings: ["NUANQUN_TRACES": path]) { stage in
      for _ in 1...2 { try await stage.startWorker() }
      try #require(try await stage.startAPI().send("GET", "/v1/agency").status == 200)
      try await stage.brand.plan()
      let verdict = try await stage.verdict(mayBeUnknown: 0)
      #expect(verdict.findings.isEmpty, "\(verdict.tails.joined(separator: "\n--\n"))")
    }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let spans = try Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").map { line in
        let span = try JSONDecoder().decode(SpanLine.self, from: Data(line.utf8))
        return (span.id, span)
      })
    let sends = spans.values.filter { $0.name == "dispatch.send" }
    #expect(sends.count == rooms)
    #expect(Set(sends.map(\.trace)).count == 1, "they have one cause")
    for send in sends {
      let way = sequence(first: send) { $0.parent.flatMap { spans[$0] } }
      #expect(Set(way.map(\.trace)).count == 1)
      let deliver = "run.attempt touch.deliver"
      #expect(
        way.map(\.label) == ["dispatch.send", deliver, "run.enqueue", "run.attempt touch.expand", "run.enqueue"])
    }
    #expect(spans.values.contains { $0.name == "GET /v1/agency" && $0.kind == "server" && $0.parent == nil })
    // What was sent, and where to, is no span's business.
    for secret in ["好好吃饭", "妈妈交流", "webhook", "Bearer"] { #expect(!text.contains(secret)) }
  }
}

private struct SpanLine: Decodable {
  struct Attributes: Decodable {
    let kind: String?

    private enum CodingKeys: String, CodingKey {
      case kind = "run.kind"
    }
  }

  let trace: String
  let id: String
  let parent: String?
  let name: String
  let kind: String
  let attributes: Attributes

  var label: String { ([name] + (attributes.kind.map { [$0] } ?? [])).joined(separator: " ") }

  private enum CodingKeys: String, CodingKey {
    case trace = "trace_id"
    case id = "span_id"
    case parent = "parent_span_id"
    case name, kind, attributes
  }
}
