import Metrics

/// The figures of one kind of connection. The only label is that kind, so there are three series of each.
struct ConnectionMetrics: Sendable {
  enum Kind: String, Sendable {
    case shared, blocking, subscription
  }

  /// Commands that were handed to a connection and have no answer yet.
  private let inFlight: Meter
  /// Connections that were made again after a loss.
  private let reconnects: Counter
  /// From a flush to the first answer to what it sent.
  private let roundTrip: Timer

  init(_ kind: Kind) {
    let dimensions = [("connection", kind.rawValue)]
    inFlight = Meter(label: "redis_commands_in_flight", dimensions: dimensions)
    reconnects = Counter(label: "redis_reconnects_total", dimensions: dimensions)
    roundTrip = Timer(label: "redis_round_trip_seconds", dimensions: dimensions, preferredDisplayUnit: .seconds)
  }

  func inFlight(changedBy difference: Int) {
    if difference != 0 { inFlight.increment(by: Double(difference)) }
  }

  func answered(after nanoseconds: Int64) {
    roundTrip.recordNanoseconds(nanoseconds)
  }

  func reconnected() {
    reconnects.increment()
  }
}
