import Dispatch
import Foundation
import Metrics
import NIOConcurrencyHelpers

/// Makes lines of spans and writes them on a thread of its own, so that nobody who works waits for a disk.
///
/// What nobody takes up in time is lost and counted: traces are worth less than the work.
final class LineWriter: Sendable {
  private struct State {
    var waiting: [SpanRecord] = []
    var isWriting = false
    var dropped = 0
  }

  private let state = NIOLockedValueBox(State())
  private let queue = DispatchQueue(label: "nuanqun.spans", qos: .utility)
  private let limit: Int
  private let sink: @Sendable (Data) -> Bool

  /// - Parameter limit: how many spans may wait to be written.
  init(limit: Int = 10_000, write sink: @escaping @Sendable (Data) -> Bool) {
    self.limit = limit
    self.sink = sink
  }

  var dropped: Int { state.withLockedValue { $0.dropped } }

  func write(_ record: SpanRecord) {
    let isTaken = state.withLockedValue { state in
      guard state.waiting.count < limit else { return false }
      state.waiting.append(record)
      if !state.isWriting { queue.async { self.writeWaiting() } }
      state.isWriting = true
      return true
    }
    if !isTaken { drop() }
  }

  /// Returns when nothing waits any more.
  func flush() {
    queue.sync {}
  }

  private func writeWaiting() {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    while let records = next() {
      for record in records {
        guard var line = try? encoder.encode(record) else {
          drop()
          continue
        }
        line.append(UInt8(ascii: "\n"))
        if !sink(line) { drop() }
      }
    }
  }

  private func next() -> [SpanRecord]? {
    state.withLockedValue { state in
      guard !state.waiting.isEmpty else {
        state.isWriting = false
        return nil
      }
      defer { state.waiting = [] }
      return state.waiting
    }
  }

  private func drop() {
    state.withLockedValue { $0.dropped += 1 }
    Counter(label: "spans_dropped_total").increment()
  }
}
