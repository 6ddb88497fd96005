/// What became of one request.
enum HTTPExchange: Sendable {
  /// The whole answer came.
  case answered(HTTPAnswer)
  /// Provably no byte of the request left.
  case neverLeft(DispatchReason.Kind, String)
  /// A byte may have left, and no whole answer came.
  case mayHaveLeft(DispatchReason.Kind, String)
}
