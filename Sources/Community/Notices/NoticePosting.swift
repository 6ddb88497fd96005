public import Channels
public import Foundation
import Identifiers
public import Logging
import Postgres
public import Tenancy

/// What became of a mail.
public enum NoticeMailOutcome: Sendable, Hashable {
  /// The server took it.
  case sent
  /// Nothing has left; it may go later, or never.
  case notSent(isTemporary: Bool, String)
  /// It may have left.
  case unknown(String)
}

/// A mail of notices, before it is put into words.
public struct NoticeMail: Sendable {
  /// The same at each attempt, so that a second arrival can be told.
  public let id: UUID
  /// Where it goes.
  public let address: String
  /// The reader's name.
  public let name: String
  /// The reader's language: `zh-Hans` or `en`.
  public let language: String
  /// The reader's zone.
  public let zone: String
  /// The agency's name.
  public let agency: String
  /// The notices, the oldest first.
  public let notices: [Notice]
}

/// What the robot says, before it is put into words.
public struct RobotNotice: Sendable {
  /// The kind; nil for one that only a newer version knows.
  public let kind: NoticeKind?
  /// The brand's name.
  public let brand: String?
  /// What is filled in.
  public let words: [NoticeWord: String]
  /// Those who want it said.
  public let names: [String]
}

/// Sends notices by mail and through the agencies' internal robots.
///
/// As in the ledger: a claim is committed before the first byte, what may have left is unknown, and what is unknown is not
/// sent again. Any number of workers may do it at the same time.
public struct NoticePosting: Sendable {
  let tenancy: Tenancy
  let robots: InternalRobotStore
  let adapter: (any ChannelAdapter)?
  let mail: (@Sendable (NoticeMail) async -> NoticeMailOutcome)?
  let wording: @Sendable ([RobotNotice]) -> String
  let logger: Logger

  /// The most notices in one mail or message.
  static let most = 20
  /// Attempts that sent nothing, after which no further one is made.
  static let attempts = 10
  /// A claim that nobody has settled for so long is of a worker that is gone.
  static let lost: TimeInterval = 600
  /// Between two messages of one robot: far below what the platform allows.
  static let spacing: TimeInterval = 6
  static let firstByteDelay = Duration.seconds(5)

  /// - Parameters:
  ///   - adapter: of the robots; nil where none is sent.
  ///   - mail: sends one mail; nil where none is sent, and mails then wait.
  ///   - wording: what the robot says of some notices.
  public init(
    _ tenancy: Tenancy, adapter: (any ChannelAdapter)?,
    mail: (@Sendable (NoticeMail) async -> NoticeMailOutcome)?,
    wording: @escaping @Sendable ([RobotNotice]) -> String, logger: Logger
  ) {
    self.tenancy = tenancy
    robots = InternalRobotStore(tenancy)
    self.adapter = adapter
    self.mail = mail
    self.wording = wording
    self.logger = logger
  }

  var control: PostgresPool { tenancy.control }

  /// Sends what is due, one after the other. How many mails and messages there were.
  @discardableResult
  public func post() async throws -> Int {
    try await settleLost()
    var count = 0
    if mail != nil { while try await postMail() { count += 1 } }
    if adapter != nil { while try await postRobot() { count += 1 } }
    return count
  }

  private func settleLost() async throws {
    try await control.transaction { transaction in
      _ = try await transaction.query([
        """
        update control.notices set mail = 'unknown', mail_detail = 'worker_lost'
        where mail = 'sending' and mail_claimed_at < clock_timestamp() - \(Self.lost) * interval '1 second'
        """,
        """
        update control.robot_posts set state = 'unknown', detail = 'worker_lost'
        where state = 'sending' and claimed_at < clock_timestamp() - \(Self.lost) * interval '1 second'
        """,
      ])
    }
  }

}
