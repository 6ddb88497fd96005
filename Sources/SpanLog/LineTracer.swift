public import Foundation
public import Tracing

/// A tracer that writes one line of JSON for each span that has ended, and hands traces on as `traceparent` headers.
///
/// A span whose trace is not to be recorded is no line, and nor are those below it.
public struct LineTracer: Tracer {
  private let writer: LineWriter

  /// Appends to a file, which is made where there is none; `-` is the standard error.
  ///
  /// - Throws: when it cannot be opened.
  public init(appendingTo path: String) throws {
    let file = try LineFile(path)
    self.init { file.append($0) }
  }

  /// Hands each line to `write`, one at a time and on a thread of its own. False means that the line is lost.
  public init(write: @escaping @Sendable (Data) -> Bool) {
    self.init(LineWriter(write: write))
  }

  init(_ writer: LineWriter) {
    self.writer = writer
  }

  /// How many spans were lost, as nothing more could be written.
  public var dropped: Int { writer.dropped }

  /// Begins a span below that of the context, or a new trace.
  public func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> LineSpan {
    var context = context()
    let parent = context.traceParent
    let place = parent.map(TraceParent.init(below:)) ?? TraceParent()
    context.traceParent = place
    guard place.isSampled else { return LineSpan(context, nil, writer) }
    let record = SpanRecord(
      place: place, parent: parent?.span, name: operationName, kind: kind, start: instant().nanosecondsSinceEpoch)
    return LineSpan(context, record, writer)
  }

  /// Returns when all spans that have ended are written or lost.
  public func forceFlush() {
    writer.flush()
  }

  /// Writes the context's `traceparent`.
  public func inject<Carrier, Inject: Injector>(
    _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
  ) where Inject.Carrier == Carrier {
    guard let place = context.traceParent else { return }
    injector.inject(place.text, forKey: TraceParent.header, into: &carrier)
  }

  /// Reads a `traceparent`. One that is malformed is none.
  public func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {
    guard let place = extractor.extract(key: TraceParent.header, from: carrier).flatMap(TraceParent.init) else {
      return
    }
    context.traceParent = place
  }
}

private enum TraceParentKey: InstrumentationContextKey {
  typealias Value = TraceParent
  static var nameOverride: String? { TraceParent.header }
}

extension InstrumentationContext {
  var traceParent: TraceParent? {
    get { self[TraceParentKey.self] }
    set { self[TraceParentKey.self] = newValue }
  }
}
