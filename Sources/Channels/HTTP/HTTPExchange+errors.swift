import AsyncHTTPClient

extension HTTPExchange {
  /// Names an error that came while the gate was shut.
  static func neverLeft(beforeSending error: any Error, gate: FirstByteGate) -> HTTPExchange {
    if error is CancellationError || error as? HTTPClientError == .alreadyShutdown {
      return .neverLeft(.cancelled, "stopped before anything was sent")
    }
    if error is FirstByteRefused || ContinuousClock.now >= gate.closesAt {
      return .neverLeft(.tooLate, "no connection in the time for the first byte")
    }
    return .neverLeft(.unreachable, String(describing: error))
  }

  /// Names an error that came after the request was handed to the connection.
  static func mayHaveLeft(afterSending error: any Error) -> HTTPExchange {
    if error as? HTTPClientError == .deadlineExceeded { return .mayHaveLeft(.noAnswer, "no whole answer in time") }
    if error is AnswerTooLarge { return .mayHaveLeft(.unreadableAnswer, "the answer is too large") }
    return .mayHaveLeft(.connectionLost, String(describing: error))
  }
}
