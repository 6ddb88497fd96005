import NIOConcurrencyHelpers
public import Tracing

/// A span that becomes a line when it ends.
public final class LineSpan: Span, Sendable {
  /// The context of what happens below the span.
  public let context: InstrumentationContext
  private let writer: LineWriter
  /// Nothing once it has ended, and from the beginning where the trace is not to be recorded.
  private let record: NIOLockedValueBox<SpanRecord?>

  init(_ context: InstrumentationContext, _ record: SpanRecord?, _ writer: LineWriter) {
    self.context = context
    self.record = NIOLockedValueBox(record)
    self.writer = writer
  }

  /// Whether anything that is said of it is kept.
  public var isRecording: Bool { record.withLockedValue { $0 != nil } }

  /// What is done.
  public var operationName: String {
    get { record.withLockedValue { $0?.name ?? "" } }
    set { record.withLockedValue { $0?.name = newValue } }
  }

  /// What is known of it.
  public var attributes: SpanAttributes {
    get { record.withLockedValue { $0?.attributes ?? [:] } }
    set { record.withLockedValue { $0?.attributes = newValue } }
  }

  /// Whether it went well.
  public func setStatus(_ status: SpanStatus) {
    record.withLockedValue { $0?.status = status }
  }

  /// Something that happened meanwhile.
  public func addEvent(_ event: SpanEvent) {
    record.withLockedValue { $0?.events.append(event) }
  }

  /// Another span that has to do with it.
  public func addLink(_ link: SpanLink) {
    guard let place = link.context.traceParent else { return }
    record.withLockedValue { $0?.links.append(place) }
  }

  /// Keeps the error's type alone: its text may quote what a user wrote.
  public func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {
    record.withLockedValue { $0?.attributes["error.type"] = String(reflecting: type(of: error)) }
  }

  /// Ends it; a second time means nothing.
  public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    guard var ended = record.withLockedValue({ $0.take() }) else { return }
    ended.end = instant().nanosecondsSinceEpoch
    writer.write(ended)
  }
}
