/// Sends through one kind of channel.
///
/// An adapter makes at most one attempt per call, keeps no record of messages and never decides to send again: that is
/// the ledger's business, which acts on the outcome.
public protocol ChannelAdapter: Sendable {
  /// The platform that the adapter speaks to.
  var kind: ChannelKind { get }

  /// The platform's limit for one account.
  var rate: ChannelRate { get }

  /// The platform's quota of a month.
  var quota: ChannelQuota { get }

  /// How many destinations one dispatch may name: 1 where the account is the destination itself, more where the platform
  /// takes a list of them in one call.
  var destinationsPerDispatch: Int { get }

  /// What the platform would not take, all at once; empty if nothing. Costs no network call.
  func problems(with message: OutgoingMessage) -> [MessageProblem]

  /// Does what is slow and not yet the send, such as uploading a file; to be called before the message is claimed.
  ///
  /// `send` does it too where it is missing, but then within the time that `firstByteBy` allows.
  /// - Parameter firstByteBy: no byte of it leaves after this moment; nil where nobody counts such calls.
  /// - Returns: nil when the message is ready, else the outcome that stands in the way, which is never `confirmed`,
  ///   `divided` or `unknown`.
  func prepare(
    _ message: OutgoingMessage, for account: ChannelAccount, firstByteBy: ContinuousClock.Instant?
  ) async -> DispatchOutcome?

  /// Sends the message once, in one call for all its destinations.
  ///
  /// A task that is cancelled before the first byte left ends with `notSent`; later the answer is still awaited, because
  /// knowing is worth more than stopping early.
  /// - Parameters:
  ///   - destinations: at least one, at most `destinationsPerDispatch`.
  ///   - firstByteBy: no byte of the message leaves after this moment; the outcome then is `notSent`.
  func send(
    _ message: OutgoingMessage, to destinations: [DispatchDestination], through account: ChannelAccount,
    firstByteBy: ContinuousClock.Instant
  ) async -> DispatchOutcome
}

extension ChannelAdapter {
  /// What the kind of channel says.
  public var quota: ChannelQuota { kind.quota }
}
