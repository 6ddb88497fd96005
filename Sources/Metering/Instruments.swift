import CoreMetrics
import NIOConcurrencyHelpers

final class CounterValue: CounterHandler, Sendable {
  private let box = NIOLockedValueBox<Int64>(0)
  var value: Int64 { box.withLockedValue { $0 } }

  func increment(by amount: Int64) { box.withLockedValue { $0 &+= amount } }
  func reset() { box.withLockedValue { $0 = 0 } }
}

final class GaugeValue: RecorderHandler, Sendable {
  private let box = NIOLockedValueBox<Double>(0)
  var value: Double { box.withLockedValue { $0 } }

  func record(_ value: Int64) { record(Double(value)) }
  func record(_ value: Double) { box.withLockedValue { $0 = value } }
}

/// How often values fell below each bound; bounds suit seconds from a tenth of a millisecond to a minute.
final class HistogramValue: RecorderHandler, TimerHandler, Sendable {
  static let bounds = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

  private struct State {
    var counts = [Int64](repeating: 0, count: HistogramValue.bounds.count + 1)
    var sum = 0.0
  }

  private let box = NIOLockedValueBox(State())

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    let place = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
    box.withLockedValue { state in
      state.counts[place] += 1
      state.sum += value
    }
  }

  func write(_ name: String, _ labels: [(String, String)], to text: inout Exposition) {
    let state = box.withLockedValue { $0 }
    var below: Int64 = 0
    for (bound, count) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], state.counts) {
      below += count
      text.sample(name + "_bucket", labels + [("le", bound)], Double(below))
    }
    text.sample(name + "_sum", labels, state.sum)
    text.sample(name + "_count", labels, Double(below))
  }
}
