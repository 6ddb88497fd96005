import Almanac
import Community
import Foundation
import Hummingbird
import Identifiers
import Tenancy
import Wording

/// What the person of the session is told, how they want to be told, and the robot in the agency's own group.
struct NoticeRoutes: Sendable {
  let dependencies: APIDependencies

  private var notices: NoticeStore { NoticeStore(dependencies.tenancy.control) }
  private var settings: NoticeSettingsStore { NoticeSettingsStore(dependencies.tenancy.control) }
  private var robots: InternalRobotStore { InternalRobotStore(dependencies.tenancy) }

  func add(to agency: RouterGroup<CallerContext>) {
    agency.get("notices", use: list)
      .get("notices/unread", use: unread)
      .put("notices/read", use: markAll)
      .put("notices/{notice}/read", use: mark)
      .get("notice-settings", use: showSettings)
      .put("notice-settings", use: setSettings)
      .get("internal-robot", use: showRobot)
      .put("internal-robot", use: setRobot)
      .delete("internal-robot", use: removeRobot)
  }

  /// The newest first; `after` is the last one seen, and older ones follow.
  @Sendable func list(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let person = try context.person()
    let query = try Query(request, allowing: Query.paging.union(["unread"]))
    let page = try await notices.notices(
      of: person, in: context.caller.agency, unreadOnly: try query.flag("unread"), before: try query.id("after"),
      limit: try query.limit())
    let zone = try await zone(of: person)
    let items = page.items.map { NoticeBody($0, in: context.language, zone: zone) }
    return try Answer.page(Page(items: items, hasMore: page.hasMore), of: request)
  }

  @Sendable func unread(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let person = try context.person()
    _ = try Query(request)
    return try Answer.json(UnreadBody(unread: try await notices.unread(of: person, in: context.caller.agency)))
  }

  @Sendable func mark(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let (person, id) = (try context.person(), try context.id("notice", of: Notice.self))
    // Whether it is the person's own comes before what the body says.
    try await notices.require(id, of: person, in: context.caller.agency)
    _ = try Query(request)
    let draft = try await request.json(ReadDraft.self, upTo: dependencies.limits.json)
    try await notices.mark(id, read: draft.read, of: person, in: context.caller.agency)
    return .done
  }

  @Sendable func markAll(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let person = try context.person()
    _ = try Query(request)
    let draft = try await request.json(ReadAllDraft.self, upTo: dependencies.limits.json)
    _ = try await notices.markAll(upTo: draft.upTo, of: person, in: context.caller.agency)
    return try Answer.json(UnreadBody(unread: try await notices.unread(of: person, in: context.caller.agency)))
  }

  @Sendable func showSettings(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let person = try context.person()
    _ = try Query(request)
    let body = NoticeSettingsBody(try await settings.settings(of: person), in: context.language)
    return try Answer.resource(body).unless(request, has: EntityTag(version: body.version))
  }

  @Sendable func setSettings(_ request: Request, _ context: CallerContext) async throws -> Answer {
    let person = try context.person()
    _ = try Query(request)
    let required = try request.requiredVersion()
    let draft = try await request.json(NoticeSettingsDraft.self, upTo: dependencies.limits.json)
    do {
      try await settings.update(draft, of: person, ifVersion: required)
    } catch let conflict as EditConflict {
      let tag = EntityTag(version: conflict.current).description
      throw Problem(.preconditionFailed, [.actual: tag], headers: [.eTag: tag])
    }
    return try Answer.resource(NoticeSettingsBody(try await settings.settings(of: person), in: context.language))
  }
}

extension NoticeRoutes {
  @Sendable func showRobot(_ request: Request, _ context: CallerContext) async throws -> Answer {
    _ = try Query(request)
    return try Answer.resource(try await robots.robot(of: context.caller.agency))
  }

  @Sendable func setRobot(_ request: Request, _ context: CallerContext) async throws -> Answer {
    _ = try Query(request)
    let draft = try await request.json(InternalRobotDraft.self, upTo: dependencies.limits.json)
    try await robots.set(draft, of: context.caller.agency, by: context.actor)
    return try Answer.resource(try await robots.robot(of: context.caller.agency))
  }

  @Sendable func removeRobot(_ request: Request, _ context: CallerContext) async throws -> Answer {
    _ = try Query(request)
    try await robots.remove(of: context.caller.agency, by: context.actor)
    return .done
  }

  private func zone(of person: ID<Person>) async throws -> String {
    try await PersonStore(dependencies.tenancy.controlReads).person(person)?.zone ?? "UTC"
  }
}

extension CallerContext {
  /// The person of the session. What is about a person is nothing for a key.
  fileprivate func person() throws -> ID<Person> {
    guard let person = caller.person else { throw Problem(.personOnly) }
    return person
  }
}

extension InternalRobot: Versioned {}

/// A notice as it is shown.
struct NoticeBody: Resource {
  let id: ID<Notice>
  let kind: String?
  let text: String
  let brand: NoticeBrand?
  let subject: NoticeSubject?
  let at: Date
  let readAt: Date?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, kind, text, brand, subject, at
    case readAt = "read_at"
  }

  init(_ notice: Notice, in language: Language, zone: String) {
    (id, brand, subject, at, readAt) = (notice.id, notice.brand, notice.subject, notice.at, notice.readAt)
    kind = notice.kind?.rawValue
    text = NoticeText.text(of: notice, in: language, zone: zone)
  }
}

/// How many notices are not read.
struct UnreadBody: Encodable {
  let unread: Int

  enum CodingKeys: String, CodingKey, CaseIterable {
    case unread
  }
}

/// Whether one is read.
struct ReadDraft: Codable {
  let read: Bool

  enum CodingKeys: String, CodingKey, CaseIterable {
    case read
  }
}

/// All up to one are read.
struct ReadAllDraft: Codable {
  let upTo: ID<Notice>

  enum CodingKeys: String, CodingKey, CaseIterable {
    case upTo = "up_to"
  }
}

/// How the person is told, with what holds for each kind.
struct NoticeSettingsBody: Versioned {
  struct Kind: Encodable {
    let kind: String
    let title: String
    let mail: NoticeChoice.Mail
    let robot: Bool
    /// Whether it is as the kind's own.
    let isStandard: Bool
    let canBeChosen: Bool

    enum CodingKeys: String, CodingKey, CaseIterable {
      case kind, title, mail, robot
      case isStandard = "is_standard"
      case canBeChosen = "can_be_chosen"
    }
  }

  let quietFrom: WallTime
  let quietTo: WallTime
  let digestAt: WallTime
  let kinds: [Kind]
  let version: Int

  enum CodingKeys: String, CodingKey, CaseIterable {
    case kinds, version
    case quietFrom = "quiet_from"
    case quietTo = "quiet_to"
    case digestAt = "digest_at"
  }

  init(_ settings: NoticeSettings, in language: Language) {
    (quietFrom, quietTo, digestAt) = (settings.quiet.from, settings.quiet.to, settings.digestAt)
    version = settings.version
    kinds = NoticeKind.allCases.map { kind in
      let choice = settings.choice(of: kind)
      return Kind(
        kind: kind.rawValue, title: kind.title.text(in: language), mail: choice.mail, robot: choice.robot,
        isStandard: settings.choices[kind.rawValue] == nil, canBeChosen: !kind.isPersonal)
    }
  }
}
