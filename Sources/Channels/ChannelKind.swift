/// The platforms that an adapter exists for; the raw value is stored and shown by the API, so it never changes.
public enum ChannelKind: String, Sendable, Hashable, CaseIterable {
  /// A robot in one internal WeCom group, reached by its webhook.
  case weComRobot = "wecom_robot"
}
