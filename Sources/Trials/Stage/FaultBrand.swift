import Community
import Foundation
import Postgres
import Sandbox
import Tenancy

/// A brand whose sends a fault falls on: rooms with a robot each, and one-off plans for all of them, due at once.
struct FaultBrand: Sendable {
  let tenancy: Tenancy
  let brand: Brand
  let robots: [RobotRegistration]
  /// The texts of the plans' pieces, one each.
  let contents: [String]

  /// The zone in which the brand's wall-clock times are meant: with it they can be cut out of an instant's text.
  static let zone = "Etc/UTC"

  init(_ tenancy: Tenancy, _ brand: Brand, rooms: Int, plans: Int) {
    self.tenancy = tenancy
    self.brand = brand
    robots = (1...rooms).map { number in
      let room = RobotRegistration.Room(name: "\(brand.name)妈妈交流 \(number) 群", brand: brand.name)
      return RobotRegistration(key: UUID().uuidString, room: room)
    }
    contents = (1...plans).map { "第 \($0) 条：今天也要好好吃饭" }
  }

  /// All that has to arrive.
  var expected: Set<Send> {
    Set(robots.flatMap { robot in contents.map { Send(content: $0, room: robot.room.name) } })
  }

  /// The rooms with this tag; all of them for nil.
  func rooms(tagged tag: String?) -> [String] {
    robots.enumerated().filter { index, _ in tag == nil || Self.tag(of: index) == tag }.map { $1.room.name }
  }

  /// The tags that there are.
  var tags: [String] { Set(robots.indices.map(Self.tag(of:))).sorted() }

  /// Five rooms share a tag.
  private static func tag(of index: Int) -> String { "t\(index / 5)" }

  /// Fills the brand. Nothing leaves yet, as there are no plans.
  func fill() async throws {
    let rows = robots.enumerated().map { index, robot in
      "\(robot.room.name),\(Self.tag(of: index)),https://wecom.example/cgi-bin/webhook/send?key=\(robot.key)\n"
    }
    let sheet = try GroupSheet.read(Array(("群名称,标签,机器人地址\n" + rows.joined()).utf8))
    let settings: BrandSettingsDraft = try decode(
      """
      {"zone": "\(Self.zone)", "quiet_from": "00:00", "quiet_to": "00:00", "service_from": "09:00", "service_to": "21:00",
       "tiers": {"new_days": 7, "active_days": 7, "cooling_days": 13, "silent_days": 29}, "core_daily_cap": 50,
       "state": "active"}
      """)
    let reserved = try await ChannelReservation(tenancy).reserve(sheet, for: brand)
    let imported = try await tenancy.transaction(of: brand) { transaction in
      try await BrandSettingsStore(transaction).update(settings, ifVersion: nil)
      return try await GroupImport(tenancy, transaction).run(sheet, reserved: reserved)
    }
    guard imported.created == robots.count else { throw NotFilled(problems: imported.problems) }
  }

  /// Approves the plans; the time of each comes a few seconds later.
  func plan() async throws {
    for text in contents {
      let due = Date(timeIntervalSinceNow: 4).ISO8601Format()
      let content: ContentDraft = try decode(
        """
        {"title": "\(text)", "kind": "text", "weight": "service", "body": {"text": "\(text)"}}
        """)
      try await tenancy.transaction(of: brand) { transaction in
        let id = try await ContentStore(transaction).create(content, fitFor: [])
        let plan: PlanDraft = try decode(
          """
          {"name": "\(text)", "contents": ["\(id)"], "audience": {"all": true}, "grace_minutes": 60,
           "recurrence": {"kind": "once", "date": "\(due.prefix(10))", "time": "\(due.dropFirst(11).prefix(8))"}}
          """)
        let made = try await PlanStore(transaction).create(plan)
        try await PlanApproval(transaction).approve(made, by: "test", ifVersion: nil)
      }
    }
  }

  /// The brand's whole ledger.
  func ledger() async throws -> [LedgerRow] {
    let rows = try await tenancy.reader(of: brand, .long).query(
      """
      select v.body ->> 'text', g.name, d.state, d.reason
      from deliveries d
      join touches t on t.id = d.touch_id
      join content_versions v on v.content_id = t.content_id and v.version = t.content_version
      join groups g on g.id = d.group_id
      """)
    return try rows.map { row in
      let (content, room, state, reason) = try row.decode(String.self, String.self, String.self, String?.self)
      guard let state = Delivery.State(rawValue: state) else { throw UnknownState(text: state) }
      return LedgerRow(send: Send(content: content, room: room), state: state, reason: reason)
    }
  }

  /// How many rows the ledger has, and how many of them are still to be settled.
  func progress() async throws -> (rows: Int, open: Int) {
    let rows = try await tenancy.reader(of: brand).query(
      "select count(*), count(*) filter (where state in ('ready', 'sending')) from deliveries")
    return try rows.first?.decode(Int.self, Int.self) ?? (0, 0)
  }

  /// The attempts whose sends are claimed and not settled by themselves, unless that is long ago: one for each send.
  func openClaims() async throws -> [(run: UUID, epoch: Int)] {
    try await tenancy.reader(of: brand).query(
      """
      select claim_run, claim_epoch from deliveries
      where (state = 'sending' or state = 'unknown' and reason = 'worker_lost')
        and claimed_at > clock_timestamp() - interval '60 seconds' and claim_run is not null
      """
    ).map { try $0.decode(UUID.self, Int.self) }
  }

  /// The texts of the touches that were missed.
  func missed() async throws -> Set<String> {
    Set(
      try await tenancy.reader(of: brand, .long).query(
        """
        select v.body ->> 'text' from touches t
        join content_versions v on v.content_id = t.content_id and v.version = t.content_version
        where t.state = 'missed'
        """
      ).map { try $0.decode(String.self) })
  }

  private func decode<Draft: Decodable>(_ json: String) throws -> Draft {
    try JSONDecoder().decode(Draft.self, from: Data(json.utf8))
  }

  struct NotFilled: Error {
    let problems: [ImportProblem]
  }

  struct UnknownState: Error {
    let text: String
  }
}
