import Almanac
import Community
import Foundation

/// Fills one brand of the demo through the API, as an account manager's program would.
struct BrandSetup {
  let data: DemoData
  let file: DemoData.BrandFile
  let api: HTTP
  let sandbox: HTTP

  private var path: String { "/v1/brands/\(file.slug)" }

  /// Makes the brand, its rooms in the sandbox, groups, members and contents. Returns the pieces' ids by title.
  func fill() async throws -> [String: String] {
    try await api.send(
      "POST", "/v1/brands",
      json: .object(["slug": .text(file.slug), "name": .text(file.name), "zone": .text(file.zone)]),
      idempotencyKey: "demo-brand-\(file.slug)")
    try await setQuietHours(around: Date(), includingNow: false)
    try await makeRooms()
    for subject in ["groups", "members"] {
      let file = "\(subject).csv"
      try await api.importSheet(try data.bytes("\(self.file.folder)/\(file)"), named: file, of: subject, into: path)
    }
    var ids: [String: String] = [:]
    for content in try data.contents(of: file) {
      let made = try await api.send("POST", "\(path)/contents", json: try await draft(of: content))
      ids[content.title] = made["id"]?.text
    }
    return ids
  }

  /// Two hours of quiet that hold the present, or lie twelve hours from it.
  func setQuietHours(around now: Date, includingNow: Bool) async throws {
    let zone = try Zone(file.zone)
    let start = now.addingTimeInterval(includingNow ? -3_600 : 11 * 3_600)
    let (from, to) = (zone.wall(at: start).time, zone.wall(at: start.addingTimeInterval(7_200)).time)
    try await api.send(
      "PATCH", "\(path)/settings",
      json: .object([
        "quiet_from": .text("\(from)"), "quiet_to": .text("\(to)"),
        "core_daily_cap": .number(Double(file.dailyCoreCap)),
      ]))
  }

  private func makeRooms() async throws {
    let sheet = try GroupSheet.read(Array(try data.bytes("\(file.folder)/groups.csv")))
    let robots: [JSONValue] = sheet.rows.compactMap { row in
      guard let robot = row.robot else { return nil }
      return .object([
        "key": .text(robot.key), "name": .text(file.name + "小助手"),
        "room": .object([
          "name": .text(row.name), "brand": .text(file.name), "members": .number(Double(row.capacity ?? 0)),
        ]),
      ])
    }
    try await sandbox.send("POST", "/sandbox/robots", json: .list(robots))
  }

  private func draft(of content: DemoData.ContentFile) async throws -> JSONValue {
    var body: [String: JSONValue] = [:]
    switch content.kind {
    case "text":
      body["text"] = content.text.map { .text($0) }
      if content.mentionAll == true { body["mentions_everyone"] = .bool(true) }
    case "markdown":
      body["text"] = content.markdown.map { .text($0) }
    case "image":
      body["media_id"] = .text(try await upload(content.file ?? ""))
    default:
      body["title"] = content.link.map { .text($0.title) }
      body["url"] = content.link.map { .text($0.url) }
      body["description"] = content.link?.description.map { .text($0) }
      body["picture_url"] = content.link?.pictureUrl.map { .text($0) }
    }
    return .object([
      "title": .text(content.title), "kind": .text(content.kind), "weight": .text(content.weight),
      "body": .object(body),
    ])
  }

  private func upload(_ file: String) async throws -> String {
    let name = URL(filePath: file).lastPathComponent
    let bytes = try data.bytes("\(self.file.folder)/\(file)")
    let made = try await api.send("POST", "\(path)/media?name=\(name)", bytes, type: "image/png")
    return made["id"]?.text ?? ""
  }

  /// Makes and approves plans whose first time lies as many seconds from now as their files say.
  func plan(_ plans: [DemoData.PlanFile], contents: [String: String], now: Date) async throws {
    let zone = try Zone(file.zone)
    for plan in plans {
      let due = now.addingTimeInterval(TimeInterval(plan.delay ?? 0))
      let made = try await api.send(
        "POST", "\(path)/plans",
        json: .object([
          "name": .text(plan.name), "contents": .list(plan.contents.map { .text(contents[$0] ?? "") }),
          "audience": plan.audience, "recurrence": try plan.recurrence(at: due, in: zone),
          "grace_minutes": .number(Double(plan.graceMinutes)),
        ]))
      try await api.send(
        "PUT", "\(path)/plans/\(made["id"]?.text ?? "")/approval", json: .object(["approved_by": .text("陈经理")]))
    }
  }
}
