import Foundation
import HTTPTypes
import NIOConcurrencyHelpers
import Postgres
import SpanLog
import Tenancy
import Testing
import Tracing

@testable import API

@Suite struct RequestTraceTests {
  private static let (trace, above) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")

  @Test func whatARequestEnqueuesHangsBelowItAndItBelowItsCaller() async throws {
    try await withAPI { api, house in
      let ours = try await Furnished.make(api, house)
      let path = "deliveries/\(ours.ids["delivery"] ?? "")/resends"
      let caller: HTTPFields = [.traceparent: "00-\(Self.trace)-\(Self.above)-01"]
      let spans = try await traced {
        let taken = try await ours.asker.post(path, #"{"attempts": 0, "accepts_duplicate": true}"#, headers: caller)
        #expect(taken.status == 200, "\(taken)")
      }
      let request = try #require(spans.first { $0.kind == "server" })
      let enqueue = try #require(spans.first { $0.name == "run.enqueue" })
      #expect(request.name == "POST /v1/brands/{brand}/deliveries/{delivery}/resends")
      #expect((request.trace, request.parent, request.status) == (Self.trace, Self.above, "unset"))
      #expect((enqueue.trace, enqueue.parent) == (Self.trace, request.id))
      #expect(request.text.contains(#""http.response.status_code":200"#), "\(request.text)")
      let kept = try await house.tenancy.control.read("select trace from ops.runs where trace is not null")
        .map { try $0.decode(String.self) }
      #expect(kept == ["00-\(Self.trace)-\(enqueue.id)-01"])
    }
  }

  @Test func noSpanSaysWhatWasAskedFor() async throws {
    try await withAPI { api, house in
      let brand = api.within(try await house.brand().slug)
      let spans = try await traced {
        _ = try await brand.get("groups?tag=geheim", headers: [.traceparent: "geheim", .userAgent: "geheim"])
        _ = try await api.get("/v1/geheim")
        _ = try await api.with(key: "nq_geheim").get("agency")
        _ = try await api.get("/livez")
      }
      #expect(
        spans.map(\.name) == ["GET /v1/brands/{brand}/groups", "GET none", "GET /v1/agency"], "\(spans.map(\.text))")
      #expect(Set(spans.map(\.trace)).count == 3 && spans.allSatisfy { $0.parent == nil })
      for span in spans { #expect(!span.text.contains("geheim"), "\(span.text)") }
    }
  }

  /// Does something with a tracer, and returns the spans in the order of their ends.
  private func traced(_ work: () async throws -> Void) async throws -> [SpanLine] {
    let lines = NIOLockedValueBox<[Data]>([])
    let tracer = LineTracer { line in
      lines.withLockedValue { $0.append(line) }
      return true
    }
    try await withTracer(tracer) { try await work() }
    tracer.forceFlush()
    return try lines.withLockedValue { $0 }.map { data in
      var span = try JSONDecoder().decode(SpanLine.self, from: data)
      span.text = String(decoding: data, as: UTF8.self)
      return span
    }
  }
}

/// A span as it was written.
private struct SpanLine: Decodable {
  let trace: String
  let id: String
  let parent: String?
  let name: String
  let kind: String
  let status: String
  var text = ""

  private enum CodingKeys: String, CodingKey {
    case trace = "trace_id"
    case id = "span_id"
    case parent = "parent_span_id"
    case name, kind, status
  }
}

extension HTTPField.Name {
  fileprivate static var traceparent: Self { .init("traceparent")! }
}
