import UnixSignals

/// Waits for whoever runs a command in a terminal to end it.
enum Interruption {
  static func wait() async {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    for await _ in signals { return }
  }
}
