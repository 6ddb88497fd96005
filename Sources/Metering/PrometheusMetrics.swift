public import CoreMetrics
import Foundation
import NIOConcurrencyHelpers

/// Keeps the process's metrics and writes them as Prometheus reads them.
///
/// A label's values must be few and known: no tenant, no id, no path as it was asked for.
public final class PrometheusMetrics: MetricsFactory, Sendable {
  struct Key: Hashable {
    let name: String
    let labels: [[String]]
  }

  private struct Instruments {
    var counters: [Key: CounterValue] = [:]
    var gauges: [Key: GaugeValue] = [:]
    var timers: [Key: HistogramValue] = [:]
  }

  private let instruments = NIOLockedValueBox(Instruments())

  /// Nothing measured yet.
  public init() {}

  private static func key(_ label: String, _ dimensions: [(String, String)]) -> Key {
    Key(
      name: Exposition.name(label), labels: dimensions.map { [Exposition.name($0.0), $0.1] }.sorted { $0[0] < $1[0] })
  }

  /// A counter, the same one for the same label and dimensions.
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    let key = Self.key(label, dimensions)
    return instruments.withLockedValue { instruments in
      if let known = instruments.counters[key] { return known }
      let value = CounterValue()
      instruments.counters[key] = value
      return value
    }
  }

  /// A gauge, or a histogram when it aggregates.
  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    let key = Self.key(label, dimensions)
    return instruments.withLockedValue { instruments -> any RecorderHandler in
      if aggregate {
        if let known = instruments.timers[key] { return known }
        let value = HistogramValue()
        instruments.timers[key] = value
        return value
      }
      if let known = instruments.gauges[key] { return known }
      let value = GaugeValue()
      instruments.gauges[key] = value
      return value
    }
  }

  /// A histogram in seconds.
  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    let key = Self.key(label.hasSuffix("_seconds") ? label : label + "_seconds", dimensions)
    return instruments.withLockedValue { instruments in
      if let known = instruments.timers[key] { return known }
      let value = HistogramValue()
      instruments.timers[key] = value
      return value
    }
  }

  /// Instruments live as long as the process.
  public func destroyCounter(_ handler: any CounterHandler) {}
  /// Instruments live as long as the process.
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  /// Instruments live as long as the process.
  public func destroyTimer(_ handler: any TimerHandler) {}

  /// All that was measured so far, in the text format.
  public func exposition() -> String {
    let instruments = instruments.withLockedValue { $0 }
    var text = Exposition()
    for (name, series) in Self.grouped(instruments.counters) {
      text.type(name, "counter")
      for (labels, counter) in series { text.sample(name, labels, Double(counter.value)) }
    }
    for (name, series) in Self.grouped(instruments.gauges) {
      text.type(name, "gauge")
      for (labels, gauge) in series { text.sample(name, labels, gauge.value) }
    }
    for (name, series) in Self.grouped(instruments.timers) {
      text.type(name, "histogram")
      for (labels, histogram) in series { histogram.write(name, labels, to: &text) }
    }
    return text.text
  }

  private static func grouped<Value>(_ values: [Key: Value]) -> [(String, [([(String, String)], Value)])] {
    Dictionary(grouping: values, by: \.key.name).sorted { $0.key < $1.key }.map { name, series in
      (
        name,
        series.sorted { $0.key.labels.description < $1.key.labels.description }
          .map { ($0.key.labels.map { ($0[0], $0[1]) }, $0.value) }
      )
    }
  }
}
