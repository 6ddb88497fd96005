import Tracing

/// The spans of a worker's attempts, each below the span that enqueued its run. Where no tracer is installed they cost
/// nothing: it is looked up once for a worker, since that costs more than asking for it.
struct RunTraces: Sendable {
  private let tracer: (any Tracer)?

  init() {
    let installed = InstrumentationSystem.tracer
    tracer = installed is NoOpTracer ? nil : installed
  }

  func attempt(at run: StartedRun, _ work: () async -> Ending) async -> Ending {
    guard let tracer else { return await work() }
    return await tracer.withSpan("run.attempt", context: RunTrace.context(from: run.trace), ofKind: .consumer) { span in
      let ending = await work()
      guard span.isRecording else { return ending }
      span.updateAttributes { attributes in
        attributes["run.id"] = "\(run.id)"
        attributes["run.tenant"] = "\(run.tenant)"
        attributes["run.kind"] = run.kind
        attributes["run.class"] = run.runClass.rawValue
        attributes["run.attempt"] = run.attempts + 1
        attributes["run.epoch"] = run.epoch
        attributes["run.ending"] = ending.word
      }
      if ending.isFailure { span.setStatus(SpanStatus(code: .error)) }
      return ending
    }
  }
}

/// A place in a trace as `ops.runs` keeps it: a `traceparent`.
enum RunTrace {
  private static let header = "traceparent"

  /// What a run that is enqueued in this context keeps. Nil where no tracer is installed, or where its text would not fit:
  /// no enqueue may fail for a trace.
  static func text(of context: InstrumentationContext) -> String? {
    var text: String?
    InstrumentationSystem.instrument.inject(context, into: &text, using: Header())
    return text.flatMap { (55...128).contains($0.utf8.count) && !$0.contains("\0") ? $0 : nil }
  }

  /// The context of an attempt. Without a readable text it begins a trace of its own.
  static func context(from text: String?) -> InstrumentationContext {
    var context = InstrumentationContext.topLevel
    if text != nil { InstrumentationSystem.instrument.extract(text, into: &context, using: Header()) }
    return context
  }

  private struct Header: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout String?) {
      if key == RunTrace.header { carrier = value }
    }

    func extract(key: String, from carrier: String?) -> String? { key == RunTrace.header ? carrier : nil }
  }
}

extension Ending {
  /// What a trace calls it.
  var word: String {
    switch (state, chargesAttempt, wait) {
    case (.ready, true, _): "retried"
    case (.ready, false, .inFront): "given_back"
    case (.ready, false, _): "snoozed"
    default: state.rawValue
    }
  }

  /// The attempt, and not only what it was to do, went wrong.
  fileprivate var isFailure: Bool { chargesAttempt }
}
