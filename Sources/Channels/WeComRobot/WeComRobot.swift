import Foundation
import NIOCore
import NIOHTTP1

/// Sends through the webhook of a robot in a WeCom group.
public struct WeComRobot: ChannelAdapter {
  /// What may differ between deployments.
  public struct Settings: Sendable {
    /// Where WeCom's interface lives.
    public var baseURL = BaseURL(host: "qyapi.weixin.qq.com")
    /// What a message may hold.
    public var limits = WeComRobotLimits()
    /// The limit of one robot.
    public var rate = ChannelRate(limit: 20, per: .seconds(60))
    /// The longest time from the attempt's start to the whole answer; afterwards the outcome is unknown.
    public var timeout: Duration = .seconds(10)
    /// The same for the upload of a file.
    public var uploadTimeout: Duration = .seconds(60)

    /// What WeCom documents.
    public init() {}
  }

  /// Always `weComRobot`.
  public let kind = ChannelKind.weComRobot
  /// The limit of one robot.
  public var rate: ChannelRate { settings.rate }
  /// A robot speaks in the one group that it belongs to.
  public let destinationsPerDispatch = 1

  let settings: Settings
  let http: PlatformHTTP
  let media = MediaCache()

  /// An adapter for all robots of a deployment.
  public init(settings: Settings = Settings(), http: PlatformHTTP) {
    self.settings = settings
    self.http = http
  }

  /// What WeCom would not take.
  public func problems(with message: OutgoingMessage) -> [MessageProblem] {
    settings.limits.problems(with: message)
  }

  /// Uploads a file, unless this robot has it already; other kinds of messages are ready at once.
  public func prepare(
    _ message: OutgoingMessage, for account: ChannelAccount, firstByteBy: ContinuousClock.Instant?
  ) async -> DispatchOutcome? {
    if let refusal = refusal(of: message, for: account) { return refusal }
    guard case .file(let name, let bytes) = message else { return nil }
    let result = await mediaID(name: name, bytes: bytes, account: account, firstByteBy: firstByteBy)
    guard case .failed(let outcome) = result else { return nil }
    return outcome
  }

  /// Sends one message to the robot's group.
  public func send(
    _ message: OutgoingMessage, to destinations: [DispatchDestination], through account: ChannelAccount,
    firstByteBy: ContinuousClock.Instant
  ) async -> DispatchOutcome {
    if let refusal = refusal(of: message, for: account) { return refusal }
    var mediaID: String?
    if case .file(let name, let bytes) = message {
      switch await self.mediaID(name: name, bytes: bytes, account: account, firstByteBy: firstByteBy) {
      case .ready(let id): mediaID = id
      case .failed(let outcome): return outcome
      }
    }
    let body: Data
    do {
      body = try WeComRobotBody(message, mediaID: mediaID).encoded()
    } catch {
      return .rejected(reason: DispatchReason(.content, text: String(describing: error), hiding: account.key))
    }
    let exchange = await http.post(
      to: "\(settings.baseURL)/cgi-bin/webhook/send?key=\(account.key.reveal())",
      headers: ["content-type": "application/json; charset=utf-8", "user-agent": "nuanqun"],
      body: ByteBuffer(bytes: body), firstByteBy: firstByteBy, timeout: settings.timeout)
    let outcome = WeComVerdict(exchange, hiding: account.key).outcome
    if case .file(let name, let bytes) = message, outcome.reason?.kind == .stale {
      await media.forget(MediaCache.Key(account: account, name: name, bytes: bytes))
    }
    return outcome
  }

  /// What can be said without asking WeCom.
  private func refusal(of message: OutgoingMessage, for account: ChannelAccount) -> DispatchOutcome? {
    guard account.kind == kind, WeComRobotKey.isWellFormed(account.key.reveal()) else {
      return .broken(reason: DispatchReason(.account, text: "the key is not a robot's key", hiding: account.key))
    }
    let problems = problems(with: message)
    guard !problems.isEmpty else { return nil }
    let text = problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
    return .rejected(reason: DispatchReason(.content, text: text, hiding: account.key))
  }
}
