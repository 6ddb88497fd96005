import Foundation
import Identifiers
import NIOConcurrencyHelpers
import Postgres
import Tenancy
import TestSupport

@testable import Community
@testable import JobQueue

extension BrandFixture {
  var notices: NoticeStore { NoticeStore(deployment.pool) }

  /// Somebody of the agency with a role there, or for one brand; without quiet hours.
  func addPerson(
    _ role: Role, of agency: ID<Agency>? = nil, brand only: ID<Brand>? = nil, quiet: Bool = false,
    choices: [String: NoticeChoice] = [:]
  ) async throws -> ID<Person> {
    let (id, agency) = (ID<Person>(), agency ?? brand.agency)
    let settings = String(decoding: try JSONEncoder().encode(choices), as: UTF8.self)
    let (from, to) = quiet ? ("00:00", "23:59:59") : ("00:00", "00:00")
    try await deployment.pool.transaction { transaction in
      _ = try await transaction.query([
        """
        insert into control.people (id, email, name, zone) values (\(id), \("\(id)@example.com"), \("人 \(role.rawValue)"), 'UTC')
        """,
        "insert into control.agency_people (agency_id, person_id) values (\(agency), \(id))",
        """
        insert into control.grants (id, agency_id, person_id, brand_id, role, granted_by)
        values (\(ID<Person>()), \(agency), \(id), \(only), \(role.rawValue), 'test')
        """,
        """
        insert into control.notice_settings (person_id, quiet_from, quiet_to, digest_at, choices)
        values (\(id), \(from)::text::time, \(to)::text::time, '09:00', \(settings)::text::jsonb)
        """,
      ])
    }
    return id
  }

  func notices(to person: ID<Person>, in agency: ID<Agency>? = nil) async throws -> [Notice] {
    try await notices.notices(
      of: person, in: agency ?? brand.agency, unreadOnly: false, before: nil, limit: 100
    ).items
  }

  func mailState(of person: ID<Person>) async throws -> [String] {
    try await deployment.pool.read("select mail from control.notices where person_id = \(person) order by id")
      .map { try $0.value("mail") }
  }

  func posting(
    mail: Postman? = nil, platform: ScriptedPlatform? = nil
  ) -> NoticePosting {
    var send: (@Sendable (NoticeMail) async -> NoticeMailOutcome)?
    if let mail { send = { mail.take($0) } }
    return NoticePosting(
      tenancy, adapter: platform.map { ScriptedAdapter(platform: $0) },
      mail: send,
      wording: { notices in notices.map { "\($0.kind?.rawValue ?? "?") \($0.names.count)" }.joined(separator: "\n") },
      logger: .quiet)
  }

  /// Performs the runs that write notices.
  func writeNotices() async throws {
    for (run, _) in try await runs(of: SendNotice.self) {
      let begun = try await begin(run, as: SendNotice.self)
      try await NoticeSending(tenancy).send(begun.payload, of: brand)
      try await finish(.done(begun.run))
    }
  }
}

/// Takes mails as the test says.
final class Postman: Sendable {
  private let state = NIOLockedValueBox<(mails: [NoticeMail], outcomes: [NoticeMailOutcome])>(([], []))

  var mails: [NoticeMail] { state.withLockedValue(\.mails) }

  init(_ outcomes: NoticeMailOutcome...) {
    state.withLockedValue { $0.outcomes = outcomes }
  }

  func take(_ mail: NoticeMail) -> NoticeMailOutcome {
    state.withLockedValue { state in
      state.mails.append(mail)
      return state.outcomes.isEmpty ? .sent : state.outcomes.removeFirst()
    }
  }
}
