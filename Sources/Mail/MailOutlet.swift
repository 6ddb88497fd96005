import Foundation
import OwnThreads

/// Where mail leaves.
public protocol MailOutlet: Sendable {
  /// Sends a message to all whom it goes to, or to nobody.
  ///
  /// Throws `MailError`, or CancellationError as long as nothing has left. A message whose answer was lost may have
  /// arrived: what is sent again keeps its identifier.
  func send(_ message: MailMessage) async throws

  /// Looks whether a message could leave now, and sends none. Throws as `send` does.
  func check() async throws
}

/// A message has not been sent, and whether it is worth trying again.
public struct MailError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What stood in the way.
  public enum Reason: String, Sendable, Hashable {
    /// The server was not reached, or went away.
    case unreachable
    /// There was no answer in time.
    case timedOut = "timed_out"
    /// As many messages wait as may.
    case busy
    /// There was no encrypted connection to a server that proves who it is.
    case insecure
    /// The server does not take our user and password.
    case login
    /// The server does not take this message, or not now.
    case refused
    /// The message is larger than this outlet takes.
    case tooLarge = "too_large"
    /// The folder of the outbox cannot be written to.
    case storage
  }

  /// What stood in the way.
  public let reason: Reason
  /// Whether it may work later, the message being as it is: so too when settings have to be mended first.
  public let isTemporary: Bool
  /// What the server answered, as SMTP numbers it.
  public let replyCode: Int?
  /// What it says in a log. A server's answer may name the address.
  public let description: String

  init(_ reason: Reason, isTemporary: Bool, replyCode: Int? = nil, _ description: String) {
    self.reason = reason
    self.isTemporary = isTemporary
    self.replyCode = replyCode
    self.description = description
  }
}

extension OwnThreads {
  /// Runs what sends a message; a full line is an error of mail like any other.
  func send(_ body: @escaping @Sendable () throws -> Void) async throws {
    do {
      try await run(body)
    } catch is Busy {
      throw MailError(.busy, isTemporary: true, "as many messages wait as may")
    }
  }
}

/// How large a message may be, in bytes, as it is sent.
public let largestMessage = 5_000_000

extension MailMessage {
  /// The message as it is sent. One whose texts alone are too large is refused before the work of encoding them.
  func encoded(_ form: BodyText.Form, limit: Int) throws(MailError) -> Data {
    let texts = text.utf8.count + (html?.utf8.count ?? 0)
    if texts <= limit {
      let data = encoded(form)
      if data.count <= limit { return data }
    }
    throw MailError(.tooLarge, isTemporary: false, "the message is larger than \(limit) bytes")
  }
}
