import Foundation
import Identifiers
import Logging
import Postgres

extension NoticePosting {
  /// Sends all that is due to one person of one agency in one mail. False when nothing is.
  func postMail() async throws -> Bool {
    guard let mail, let claimed = try await claimMail() else { return false }
    let outcome = await mail(claimed)
    try await shielded { [self] in try await settle(claimed.id, outcome) }
    return true
  }

  private func claimMail() async throws -> NoticeMail? {
    let claim = UUID()
    let rows = try await control.transaction { transaction in
      try await transaction.query(
        """
        with next as (
          select agency_id, person_id from control.notices
          where mail = 'waiting' and mail_due_at <= clock_timestamp() order by mail_due_at limit 1
        ), due as materialized (
          select n.id from control.notices n join next using (agency_id, person_id)
          where n.mail = 'waiting' and n.mail_due_at <= clock_timestamp()
          order by n.id limit \(Self.most) for update of n skip locked
        ), claimed as (
          update control.notices n set mail = 'sending', mail_claim = \(claim), mail_claimed_at = clock_timestamp(),
            mail_attempts = n.mail_attempts + 1
          from due where n.id = due.id
          returning n.*
        )
        select c.id, c.kind, c.brand_id, b.slug, b.name as brand_name, c.subject, c.subject_id, c.words::text as words,
          c.at, c.read_at, p.email, p.name as person_name, p.language, p.zone, a.name as agency_name
        from claimed c join control.people p on p.id = c.person_id join control.agencies a on a.id = c.agency_id
        left join control.brands b on b.id = c.brand_id
        order by c.id
        """)
    }
    guard let first = rows.first else { return nil }
    return NoticeMail(
      id: claim, address: try first.value("email"), name: try first.value("person_name"),
      language: try first.value("language"), zone: try first.value("zone"), agency: try first.value("agency_name"),
      notices: try rows.map(Notice.init))
  }

  private func settle(_ claim: UUID, _ outcome: NoticeMailOutcome) async throws {
    let (state, detail, isTemporary): (String, String?, Bool) =
      switch outcome {
      case .sent: ("sent", nil, false)
      case .notSent(let isTemporary, let text): ("failed", text, isTemporary)
      case .unknown(let text): ("unknown", text, false)
      }
    if state != "sent" {
      logger.warning("mail of notices not sent", metadata: ["claim": "\(claim)", "outcome": "\(state)"])
    }
    try await control.transaction { transaction in
      _ = try await transaction.query(
        """
        update control.notices set
          mail = case when \(isTemporary) and mail_attempts < \(Self.attempts) then 'waiting' else \(state) end,
          mail_due_at = clock_timestamp() + least(3600, 30 * power(2, mail_attempts)) * interval '1 second',
          mail_detail = \(detail.map { String($0.prefix(300)) })
        where mail_claim = \(claim) and mail in ('sending', 'unknown')
        """)
    }
  }
}
