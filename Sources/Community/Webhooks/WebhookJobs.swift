public import Identifiers
public import JobQueue

/// Sends what a webhook has due.
public struct SendWebhook: JobPayload, Hashable {
  /// The kind.
  public static let kind = "webhook.send"
  /// Its lane.
  public static let lane = Lane.webhooks

  /// The webhook.
  public let webhook: ID<Webhook>

  /// Each webhook stands in a line of its own.
  public var source: String? { "\(webhook)" }
  /// One run at a time sends to an endpoint.
  public var gate: String? { "\(webhook)" }
}

/// Deletes old events, and looks for what no run sends any more. Comes again while the brand has webhooks.
public struct TendWebhooks: JobPayload, Hashable {
  /// The kind.
  public static let kind = "webhook.tend"
  /// Its lane.
  public static let lane = Lane.upkeep
  /// It may take its time.
  public static let runClass = RunClass.bulk

  static let key = "tend webhooks"
}

extension Lane {
  /// Requests to endpoints of others, which may be slow.
  public static let webhooks = Lane("webhooks")
}
