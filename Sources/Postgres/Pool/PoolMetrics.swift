import Metrics

/// What a pool tells about itself.
struct PoolMetrics: Sendable {
  private let inUse: Gauge
  private let waiting: Gauge
  private let wait: Recorder

  init(pool: String) {
    let dimensions = [("pool", pool)]
    inUse = Gauge(label: "postgres_pool_in_use", dimensions: dimensions)
    waiting = Gauge(label: "postgres_pool_waiting", dimensions: dimensions)
    wait = Recorder(label: "postgres_pool_wait_seconds", dimensions: dimensions)
  }

  func record(inUse used: Int, waiting count: Int) {
    inUse.record(used)
    waiting.record(count)
  }

  func record(wait duration: Duration) {
    wait.record(duration / .seconds(1))
  }
}
