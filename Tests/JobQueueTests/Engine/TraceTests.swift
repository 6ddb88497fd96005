import Foundation
import Identifiers
import JobQueue
import NIOConcurrencyHelpers
import Postgres
import SpanLog
import Testing
import Tracing

@testable import JobQueue

@Suite struct TraceTests {
  @Test func aTraceLeadsFromTheEnqueueOverEveryAttemptToWhatItEnqueues() async throws {
    let spans = Spans()
    let tracer = LineTracer { spans.add($0) }
    try await withTracer(tracer) {
      try await Engine.with { engine in
        let registry = JobRegistry.errands { errand, attempt in
          // The first errand fails once, then enqueues the second.
          guard errand.number == 1 else { return .done }
          guard attempt.number > 1 else { throw Hiccup() }
          try await engine.enqueueErrands(2..<3)
          return .done
        }
        try await engine.with(RunningWorker(engine, registry: registry)) {
          try await tracer.withSpan("cause") { _ in _ = try await engine.enqueueErrands(1..<2) }
          try await engine.untilDone(2)
        }
      }
    }
    tracer.forceFlush()
    let (enqueues, attempts) = (try spans.named("run.enqueue"), try spans.named("run.attempt"))
    try #require(enqueues.count == 2 && attempts.count == 3)
    let cause = try #require(try spans.named("cause").first)
    #expect(enqueues[0].parent == cause.id)
    #expect(attempts[0].parent == enqueues[0].id && attempts[1].parent == enqueues[0].id)
    #expect(enqueues[1].parent == attempts[1].id)
    #expect(attempts[2].parent == enqueues[1].id)
    #expect(Set((enqueues + attempts).map(\.trace)) == [cause.trace])
    #expect(attempts.map { $0.attributes["run.ending"] as? String } == ["retried", "done", "done"])
    #expect(attempts.map { $0.attributes["run.attempt"] as? Int } == [1, 2, 1])
    #expect(attempts.map { $0.attributes["run.epoch"] as? Int } == [1, 2, 1])
    #expect(attempts.map(\.status) == ["error", "unset", "unset"])
    #expect(attempts.allSatisfy { $0.kind == "consumer" && $0.attributes["run.kind"] as? String == Errand.kind })
    #expect(enqueues.allSatisfy { $0.kind == "producer" })
  }

  @Test func everyEndingHasItsWord() {
    let run = StartedRun(
      id: ID(), tenant: ID(), kind: Errand.kind, runClass: .normal, dueAt: .now, payload: "{}", epoch: 1, attempts: 0,
      crashes: 0)
    let endings: [Ending] = [
      .done(run), .snoozed(run, until: .now), .snoozed(run, until: .now, atGate: true), .givenBack(run),
      .retried(run, after: .seconds(1), because: ""), .dead(run, because: ""), .quarantined(run, because: ""),
      .cancelled(run),
    ]
    #expect(
      endings.map(\.word) == [
        "done", "snoozed", "snoozed", "given_back", "retried", "dead", "quarantined", "cancelled",
      ])
  }

  @Test func withoutATracerNothingIsKept() async throws {
    try await Engine.with { engine in
      let run = try await engine.enqueue(Errand())
      try await engine.declareIndexWhole()
      #expect(try await engine.store.start([run], worker: "test").started.map(\.trace) == [nil])
    }
  }

  /// A run that some other version has enqueued.
  @Test func aTraceThatCannotBeReadBeginsAnother() async throws {
    let spans = Spans()
    let tracer = LineTracer { spans.add($0) }
    try await withTracer(tracer) {
      try await Engine.with { engine in
        let run = try await engine.enqueue(Errand(), pushing: false)
        try await engine.asOwner("update ops.runs set trace = repeat('?', 60) where id = \(run)")
        try await engine.with(RunningWorker(engine, registry: .errands { _, _ in .done })) {
          try await engine.untilDone(1)
        }
      }
    }
    tracer.forceFlush()
    let attempt = try #require(try spans.named("run.attempt").first)
    #expect(attempt.parent == nil && attempt.attributes["run.ending"] as? String == "done")
  }
}

/// What a tracer wrote.
private final class Spans: Sendable {
  struct Line {
    let trace: String
    let id: String
    let parent: String?
    let kind: String
    let status: String
    let attributes: [String: Any]
  }

  private let lines = NIOLockedValueBox<[Data]>([])

  func add(_ line: Data) -> Bool {
    lines.withLockedValue { $0.append(line) }
    return true
  }

  /// The spans of a name, in the order of their ends.
  func named(_ name: String) throws -> [Line] {
    try lines.withLockedValue { $0 }.compactMap { data in
      let line = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      guard line["name"] as? String == name else { return nil }
      return Line(
        trace: try #require(line["trace_id"] as? String), id: try #require(line["span_id"] as? String),
        parent: line["parent_span_id"] as? String, kind: try #require(line["kind"] as? String),
        status: try #require(line["status"] as? String), attributes: try #require(line["attributes"] as? [String: Any]))
    }
  }
}
