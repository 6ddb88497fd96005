public import Identifiers
import Postgres
public import Tenancy

/// The members of a brand and their places in its groups.
public struct MemberStore: Sendable {
  let session: any BrandSession

  /// Works in the given session.
  public init(_ session: any BrandSession) {
    self.session = session
  }

  static let columns: SQL = """
    m.id, m.name, m.phone, m.external_id, m.birthday, m.birthday_calendar, m.region, m.age_band, m.sex, m.occupation,
    m.tags, m.do_not_disturb, m.version, m.created_at
    """

  /// One member. Throws `NotFound`.
  public func member(_ id: ID<Member>) async throws -> Member {
    let rows = try await session.query("select \(Self.columns) from members m where m.id = \(id)")
    guard let row = rows.first else { throw NotFound() }
    return try Member(row)
  }

  /// The members that a filter is about, by age.
  public func page(_ request: PageRequest, _ filter: MemberFilter = MemberFilter()) async throws -> Page<Member> {
    let rows = try await session.query(Self.list(request, filter))
    return request.page(of: try rows.map(Member.init))
  }

  static func list(_ request: PageRequest, _ filter: MemberFilter) -> SQL {
    """
    select \(columns) from members m where m.id > \(request.place) and \(filter.condition)
    order by m.id limit \(request.fetch)
    """
  }

  /// Adds a member.
  public func create(_ draft: MemberDraft) async throws -> ID<Member> {
    try draft.validate()
    let id = ID<Member>()
    try await naming {
      try await session.query(
        """
        insert into members (id, name, phone, external_id, birthday, birthday_calendar, region, age_band, sex,
          occupation, tags, do_not_disturb)
        values (\(id), \(draft.name), \(draft.phone), \(draft.externalID), \(draft.birthday?.description),
          \((draft.birthdayCalendar ?? .solar).rawValue), \(draft.region), \(draft.ageBand?.rawValue),
          \(draft.sex?.rawValue), \(draft.occupation), \(draft.tags ?? []), \(draft.doNotDisturb ?? false))
        """)
    }
    return id
  }

  /// Replaces what can be edited if the member still stands at `version`.
  public func update(_ id: ID<Member>, _ draft: MemberDraft, ifVersion version: Int?) async throws {
    try draft.validate()
    let updated = try await naming {
      try await session.query(
        """
        update members set name = \(draft.name), phone = \(draft.phone), external_id = \(draft.externalID),
          birthday = \(draft.birthday?.description),
          birthday_calendar = \((draft.birthdayCalendar ?? .solar).rawValue), region = \(draft.region),
          age_band = \(draft.ageBand?.rawValue), sex = \(draft.sex?.rawValue), occupation = \(draft.occupation),
          tags = \(draft.tags ?? []), do_not_disturb = \(draft.doNotDisturb ?? false), version = version + 1
        where id = \(id) and (\(version)::integer is null or version = \(version))
        """)
    }
    guard updated.affected == 1 else { throw EditConflict(current: try await member(id).version) }
  }

  /// Says which field a constraint of the table is about.
  @discardableResult
  private func naming(_ body: () async throws -> PostgresResult) async throws -> PostgresResult {
    do {
      return try await body()
    } catch let error as PostgresError where error.isUniqueViolation {
      throw InvalidInput(error.constraint == "members_by_phone" ? "/phone" : "/external_id", .taken)
    }
  }
}

extension Member {
  init(_ row: PostgresRow) throws {
    id = try row.value("id")
    name = try row.value("name")
    phone = try row.value("phone")
    externalID = try row.value("external_id")
    birthday = try row.value("birthday", as: String?.self).flatMap { Birthday($0) }
    birthdayCalendar = try row.state("birthday_calendar")
    region = try row.value("region")
    ageBand = try row.optionalState("age_band")
    sex = try row.optionalState("sex")
    occupation = try row.value("occupation")
    tags = try row.value("tags")
    doNotDisturb = try row.value("do_not_disturb")
    version = try row.value("version")
    createdAt = try row.value("created_at")
  }
}
