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
  /// From the flush that sent a command to its answer.
  private let roundTrip: Timer

  init(_ kind: Kind) {
    let dimensions = [("connection", kind.rawValue)]
    inFlight = Meter(label: "redis_commands_in_flight", dimensions: dimensions)
    reconnects = Counter(label: "redis_reconnects_total", dimensions: dimensions)
    roundTrip = Timer(label: "redis_round_trip_seconds", dimensions: dimensions, preferredDisplayUnit: .seconds)
  }

  func commandSent() {
    inFlight.increment()
  }

  func commandAnswered(after nanoseconds: Int64) {
    inFlight.decrement()
    roundTrip.recordNanoseconds(nanoseconds)
  }

  func commandsLost(_ count: Int) {
    inFlight.decrement(by: Double(count))
  }

  func reconnected() {
    reconnects.increment()
  }
}
