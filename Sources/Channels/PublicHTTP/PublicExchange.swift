public import Foundation

/// What became of one request to an address that somebody outside has given.
public enum PublicExchange: Sendable, Hashable {
  /// The head of an answer came.
  case answered(PublicAnswer)
  /// No answer came, and why; the text holds nothing of the request.
  case unanswered(PublicFault, String)
}

/// As much of an answer as is of use.
public struct PublicAnswer: Sendable, Hashable {
  /// The status.
  public let status: Int
  /// How long the other side wants to be left alone.
  public let retryAfter: TimeInterval?
  /// The beginning of the body, as text.
  public let excerpt: String

  /// An answer.
  public init(status: Int, retryAfter: TimeInterval? = nil, excerpt: String = "") {
    self.status = status
    self.retryAfter = retryAfter
    self.excerpt = excerpt
  }
}

/// Why no answer came.
public enum PublicFault: String, Sendable, Hashable, CaseIterable {
  /// The host has no address.
  case unknownHost = "unknown_host"
  /// The host's address is not one of the open Internet: nothing was sent.
  case forbiddenAddress = "forbidden_address"
  /// No connection, or none that is secure.
  case unreachable
  /// The request left, and no answer came in time.
  case noAnswer = "no_answer"
}
