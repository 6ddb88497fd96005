import Crypto
import Foundation
import Identifiers
import Postgres

/// Slows down who guesses, and not whom they guess at.
///
/// Failures are counted apart by account, by network, and by device that the account knows. A gate stays open for the
/// first few failures and is then shut for twice as long each time. Somebody who has signed in on their device before
/// passes by the device's own gate: however much others guess at the account from elsewhere, its owner gets in.
struct AttemptGates {
  /// What is counted.
  enum Subject: Hashable {
    case account(String)
    case device(String)
    case network(String)
    case code(ID<Person>)
    case reset(String)

    /// How many may fail before the gate is shut.
    var free: Int {
      switch self {
      case .account: 5
      case .device: 10
      case .network: 50
      case .code: 5
      case .reset: 3
      }
    }

    fileprivate var digest: Data {
      let text =
        switch self {
        case .account(let email): "account " + email.lowercased()
        case .device(let token): "device " + token
        case .network(let address): "network " + address
        case .code(let person): "code \(person)"
        case .reset(let email): "reset " + email.lowercased()
        }
      return Data(SHA256.hash(data: Data(text.utf8)))
    }
  }

  /// The longest that a gate is shut at once.
  static let longest = 900

  let session: any PostgresSession

  /// Throws `AccessError.tooManyAttempts` while one of the gates is shut.
  func pass(_ subjects: [Subject]) async throws {
    let rows = try await session.query(
      """
      select coalesce(ceil(extract(epoch from max(shut_until) - clock_timestamp())), 0)::int as seconds
      from control.attempt_gates where subject = any (\(subjects.map(\.digest))) and shut_until > clock_timestamp()
      """)
    let seconds = try rows.first?.value("seconds", as: Int.self) ?? 0
    if seconds > 0 { throw AccessError.tooManyAttempts(seconds: seconds) }
  }

  /// Counts a failure. What failed a day ago is forgotten.
  func noteFailure(_ subjects: [Subject]) async throws {
    for subject in subjects {
      try await session.query(
        """
        insert into control.attempt_gates as g (subject, failures, shut_until) values (\(subject.digest), 1, now())
        on conflict (subject) do update set
          failures = case when g.last_at < now() - interval '1 day' then 1 else g.failures + 1 end,
          last_at = now(),
          shut_until = case
            when g.last_at < now() - interval '1 day' or g.failures + 1 < \(subject.free) then now()
            else now() + least(\(Self.longest), power(2, least(g.failures + 1 - \(subject.free), 20)))
              * interval '1 second' end
        """)
    }
  }

  /// It was right: the account's and the device's failures are forgotten. Those of the network stay, or one account of
  /// their own would free a guesser's.
  func noteSuccess(_ subjects: [Subject]) async throws {
    let forgotten = subjects.filter { if case .network = $0 { false } else { true } }
    try await session.query(
      "delete from control.attempt_gates where subject = any (\(forgotten.map(\.digest)))")
  }
}
