/// What somebody said with NOTIFY.
public struct PostgresNotification: Sendable, Hashable {
  /// The channel.
  public let channel: String
  /// The text that came with it; empty where there was none.
  public let payload: String
  /// The process of the server that said it.
  public let backend: Int32
}
