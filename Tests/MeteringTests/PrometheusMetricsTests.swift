import CoreMetrics
import Testing

@testable import Metering

@Suite struct PrometheusMetricsTests {
  let metrics = PrometheusMetrics()

  @Test func writesCountersWithEscapedLabels() {
    let counter = metrics.makeCounter(label: "runs.ended", dimensions: [("kind", "a\"b\\c\nd")])
    counter.increment(by: 2)
    metrics.makeCounter(label: "runs.ended", dimensions: [("kind", "a\"b\\c\nd")]).increment(by: 1)
    #expect(metrics.exposition() == "# TYPE runs_ended counter\nruns_ended{kind=\"a\\\"b\\\\c\\nd\"} 3\n")
  }

  @Test func histogramsCountCumulatively() {
    let timer = metrics.makeTimer(label: "wait", dimensions: [])
    for milliseconds in [1, 3, 200_000] { timer.recordNanoseconds(Int64(milliseconds) * 1_000_000) }
    let text = metrics.exposition()
    #expect(text.contains("wait_seconds_bucket{le=\"0.001\"} 1\n"))
    #expect(text.contains("wait_seconds_bucket{le=\"60.0\"} 2\n"))
    #expect(text.contains("wait_seconds_bucket{le=\"+Inf\"} 3\n"))
    #expect(text.contains("wait_seconds_count 3\n"))
  }

  @Test func gaugesKeepTheLastValue() {
    let gauge = metrics.makeRecorder(label: "lag", dimensions: [("loop", "p")], aggregate: false)
    gauge.record(0.5)
    gauge.record(0.25)
    #expect(metrics.exposition() == "# TYPE lag gauge\nlag{loop=\"p\"} 0.25\n")
  }
}
