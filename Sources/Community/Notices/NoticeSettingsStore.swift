import Almanac
import Foundation
public import Identifiers
public import Postgres
public import Tenancy

/// How people want to be told.
public struct NoticeSettingsStore: Sendable {
  private let control: PostgresPool

  /// Over the control database.
  public init(_ control: PostgresPool) {
    self.control = control
  }

  private static func shown(_ person: ID<Person>) -> SQL {
    """
    select quiet_from::text as quiet_from, quiet_to::text as quiet_to, digest_at::text as digest_at,
      choices::text as choices, version
    from control.notice_settings where person_id = \(person)
    """
  }

  /// Somebody's settings; the standard ones where they have set nothing.
  public func settings(of person: ID<Person>) async throws -> NoticeSettings {
    try await control.read(Self.shown(person)).first.map(NoticeSettings.init) ?? .standard
  }

  /// Replaces somebody's settings if they still stand at `version`. Throws `InvalidInput`, `EditConflict`.
  public func update(_ draft: NoticeSettingsDraft, of person: ID<Person>, ifVersion version: Int?) async throws {
    try draft.validate()
    let choices = String(decoding: try JSONEncoder().encode(draft.choices), as: UTF8.self)
    let updated = try await control.transaction { transaction in
      try await transaction.query(
        """
        insert into control.notice_settings as s (person_id, quiet_from, quiet_to, digest_at, choices, version)
        select \(person), \(draft.quietFrom.description)::text::time, \(draft.quietTo.description)::text::time,
          \(draft.digestAt.description)::text::time, \(choices)::text::jsonb, 2
        where coalesce(\(version)::integer, 1) = 1
          or exists (select from control.notice_settings where person_id = \(person))
        on conflict (person_id) do update set quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
          digest_at = excluded.digest_at, choices = excluded.choices, version = s.version + 1
          where \(version)::integer is null or s.version = \(version)::integer
        """)
    }
    guard updated.affected == 1 else { throw EditConflict(current: try await settings(of: person).version) }
  }
}

/// How somebody wants to be told from now on.
public struct NoticeSettingsDraft: Codable, Sendable, Hashable {
  var quietFrom: WallTime
  var quietTo: WallTime
  var digestAt: WallTime
  /// By kind; what is left out is as the kind's own.
  var choices: [String: NoticeChoice]

  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case choices
    case quietFrom = "quiet_from"
    case quietTo = "quiet_to"
    case digestAt = "digest_at"
  }

  func validate() throws {
    var check = FieldCheck()
    for kind in choices.keys.sorted() {
      let known = NoticeKind(rawValue: kind)
      if known == nil {
        check.add("/choices/\(kind)", .unknownField, limit: NoticeKind.allCases.map(\.rawValue).joined(separator: ", "))
      } else if known?.isPersonal == true {
        check.add("/choices/\(kind)", .readOnly)
      }
    }
    try check.finish()
  }
}

extension NoticeSettings {
  /// The settings as they can be edited.
  public var draft: NoticeSettingsDraft {
    NoticeSettingsDraft(quietFrom: quiet.from, quietTo: quiet.to, digestAt: digestAt, choices: choices)
  }

  /// The standard ones where the row has none.
  init(_ row: PostgresRow) throws {
    guard let from = try row.value("quiet_from", as: String?.self).flatMap({ WallTime($0) }),
      let to = try row.value("quiet_to", as: String?.self).flatMap({ WallTime($0) }),
      let digest = try row.value("digest_at", as: String?.self).flatMap({ WallTime($0) }),
      let choices = try row.value("choices", as: String?.self), let version = try row.value("version", as: Int?.self)
    else {
      self = .standard
      return
    }
    quiet = QuietHours(from: from, to: to)
    digestAt = digest
    self.choices = try JSONDecoder().decode([String: NoticeChoice].self, from: Data(choices.utf8))
    self.version = version
  }
}
