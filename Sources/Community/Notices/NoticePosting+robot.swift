import Channels
import Foundation
import Identifiers
import Logging
import Postgres
import Tenancy

extension NoticePosting {
  /// Says what is due through the robot of one agency, in one message. False when nothing is.
  func postRobot() async throws -> Bool {
    guard let adapter, let (claim, agency, notices) = try await claimPosts() else { return false }
    let outcome: DispatchOutcome
    if let account = try await robots.account(of: agency) {
      let message = OutgoingMessage.text(wording(notices))
      outcome = await adapter.send(
        message, to: [DispatchDestination(id: claim, externalID: nil)], through: account,
        firstByteBy: .now + Self.firstByteDelay)
    } else {
      outcome = .rejected(reason: DispatchReason(.account, text: "the robot was taken away", hiding: Secret("")))
    }
    try await shielded { [self] in try await settle(claim, of: agency, outcome) }
    return true
  }

  /// The robot's row is locked, and with it its next instant set: its messages stand in line.
  private func claimPosts() async throws -> (UUID, ID<Agency>, [RobotNotice])? {
    let claim = UUID()
    let rows = try await control.transaction { transaction -> PostgresResult? in
      let robot = try await transaction.query(
        """
        select r.agency_id from control.internal_robots r
        where r.next_at <= clock_timestamp() and exists (
          select from control.robot_posts p
          where p.agency_id = r.agency_id and p.state = 'waiting' and p.due_at <= clock_timestamp())
        limit 1 for update skip locked
        """)
      guard let agency = try robot.first?.value("agency_id", as: ID<Agency>.self) else { return nil }
      let results = try await transaction.query([
        """
        update control.internal_robots set next_at = clock_timestamp() + \(Self.spacing) * interval '1 second'
        where agency_id = \(agency)
        """,
        """
        with due as materialized (
          select id from control.robot_posts
          where agency_id = \(agency) and state = 'waiting' and due_at <= clock_timestamp()
          order by id limit \(Self.most) for update
        ), claimed as (
          update control.robot_posts p set state = 'sending', claim = \(claim), claimed_at = clock_timestamp(),
            attempts = p.attempts + 1
          from due where p.id = due.id
          returning p.*
        )
        select c.agency_id, c.kind, b.name as brand, c.words::text as words, c.names
        from claimed c left join control.brands b on b.id = c.brand_id order by c.id
        """,
      ])
      return results[1]
    }
    guard let rows, let agency = try rows.first?.value("agency_id", as: ID<Agency>.self) else { return nil }
    return (
      claim, agency,
      try rows.map { row in
        RobotNotice(
          kind: NoticeKind(rawValue: try row.value("kind")), brand: try row.value("brand"),
          words: try NoticeStore.words(try row.value("words")), names: try row.value("names"))
      }
    )
  }

  private func settle(_ claim: UUID, of agency: ID<Agency>, _ outcome: DispatchOutcome) async throws {
    var (state, isTemporary, pause) = ("sent", false, 0 as TimeInterval)
    switch outcome {
    case .confirmed, .divided: break
    case .unknown: state = "unknown"
    case .rejected, .broken: state = "failed"
    case .notSent, .busy: (state, isTemporary) = ("failed", true)
    case .parked(let wish, _): (state, isTemporary, pause) = ("failed", true, wish / .seconds(1))
    }
    if state != "sent" {
      logger.warning("robot's message not sent", metadata: ["agency": "\(agency)", "outcome": "\(outcome.name)"])
    }
    let (written, retries, rest, detail) = (state, isTemporary, pause, outcome.reason?.text)
    try await control.transaction { transaction in
      _ = try await transaction.query([
        """
        update control.robot_posts set
          state = case when \(retries) and attempts < \(Self.attempts) then 'waiting' else \(written) end,
          due_at = clock_timestamp() + least(3600, 30 * power(2, attempts)) * interval '1 second', detail = \(detail)
        where claim = \(claim) and state in ('sending', 'unknown')
        """,
        """
        update control.internal_robots set
          next_at = greatest(next_at, clock_timestamp() + \(rest) * interval '1 second')
        where agency_id = \(agency)
        """,
      ])
    }
  }
}
