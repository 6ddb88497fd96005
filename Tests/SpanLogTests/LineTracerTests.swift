import Foundation
import NIOConcurrencyHelpers
import SpanLog
import Testing
import Tracing

@Suite struct LineTracerTests {
  private static let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"

  @Test func aSpanIsOneLine() throws {
    let lines = Lines()
    let tracer = LineTracer { lines.add($0) }
    let span = tracer.startSpan(
      "run.attempt", context: context(tracer, from: Self.caller + "01"), ofKind: .consumer,
      at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_007))
    span.attributes["text"] = "a\"\n/暖"
    span.attributes["number"] = 42
    span.attributes["flag"] = true
    span.attributes["list"] = ["a", "b"]
    span.attributes["share"] = Double.nan
    span.setStatus(SpanStatus(code: .error, message: "why"))
    span.addEvent(SpanEvent(name: "noticed", at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 0)))
    span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1_700_000_001_123_456_789))
    span.end()
    tracer.forceFlush()
    let id = try #require(try lines.spans.first?["span_id"] as? String)
    #expect(
      lines.text == #"""
        {"attributes":{"flag":true,"list":["a","b"],"number":42,"share":"nan","text":"a\"\n/暖"},\#
        "end":"2023-11-14T22:13:21.123456789Z","events":[{"attributes":{},"name":"noticed",\#
        "time":"1970-01-01T00:00:00.000000000Z"}],"kind":"consumer","message":"why","name":"run.attempt",\#
        "parent_span_id":"00f067aa0ba902b7","span_id":"\#(id)","start":"2023-11-14T22:13:20.000000007Z",\#
        "status":"error","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}

        """#)
  }

  @Test func spansBelowHangTogetherAndHandTheTraceOn() throws {
    let lines = Lines()
    let tracer = LineTracer { lines.add($0) }
    let carried = tracer.withSpan("above") { _ in
      tracer.withSpan("below") { span in header(tracer, of: span.context) }
    }
    tracer.forceFlush()
    let (below, above) = (try #require(try lines.spans.first), try #require(try lines.spans.last))
    #expect(above["name"] as? String == "above" && above["parent_span_id"] == nil)
    #expect(above["status"] as? String == "unset")
    #expect(below["trace_id"] as? String == above["trace_id"] as? String)
    #expect(below["parent_span_id"] as? String == above["span_id"] as? String)
    #expect(carried == "00-\(below["trace_id"] as? String ?? "")-\(below["span_id"] as? String ?? "")-01")
  }

  @Test func aTraceThatIsNotSampledLeavesNoLineAndIsHandedOn() async throws {
    let lines = Lines()
    let tracer = LineTracer { lines.add($0) }
    let carried = tracer.withSpan("above", context: context(tracer, from: Self.caller + "00")) { above in
      #expect(!above.isRecording)
      above.attributes["lost"] = true
      return tracer.withSpan("below") { header(tracer, of: $0.context) }
    }
    tracer.forceFlush()
    #expect(lines.text == "")
    #expect(carried?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true && carried?.hasSuffix("-00") == true)
  }

  @Test func aMalformedHeaderBeginsATrace() throws {
    let lines = Lines()
    let tracer = LineTracer { lines.add($0) }
    tracer.startSpan("any", context: context(tracer, from: "00-malformed")).end()
    tracer.forceFlush()
    let span = try #require(try lines.spans.first)
    #expect(span["parent_span_id"] == nil && (span["trace_id"] as? String)?.count == 32)
  }

  @Test func ofAnErrorOnlyTheTypeIsKept() throws {
    struct Talkative: Error, CustomStringConvertible {
      let description = "geheim"
    }
    let lines = Lines()
    let tracer = LineTracer { lines.add($0) }
    #expect(throws: Talkative.self) { try tracer.withSpan("failing") { _ in throw Talkative() } }
    tracer.forceFlush()
    #expect(lines.text.contains("Talkative") && lines.text.contains(#""status":"error""#))
    #expect(!lines.text.contains("geheim"))
  }

  @Test func whatCannotBeWrittenIsCounted() {
    let tracer = LineTracer { _ in false }
    for _ in 0..<3 { tracer.startSpan("lost").end() }
    tracer.forceFlush()
    #expect(tracer.dropped == 3)
  }

  private func context(_ tracer: LineTracer, from header: String) -> InstrumentationContext {
    var context = InstrumentationContext.topLevel
    tracer.extract(["traceparent": header], into: &context, using: Headers())
    return context
  }

  private func header(_ tracer: LineTracer, of context: InstrumentationContext) -> String? {
    var headers: [String: String] = [:]
    tracer.inject(context, into: &headers, using: Headers())
    return headers["traceparent"]
  }
}

private struct Headers: Injector, Extractor {
  func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
  func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}

/// What was written.
private final class Lines: Sendable {
  private let box = NIOLockedValueBox("")

  var text: String { box.withLockedValue { $0 } }

  var spans: [[String: Any]] {
    get throws {
      try text.split(separator: "\n").map {
        try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
    }
  }

  func add(_ line: Data) -> Bool {
    box.withLockedValue { $0 += String(decoding: line, as: UTF8.self) }
    return true
  }
}
