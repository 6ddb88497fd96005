import Channels
public import Foundation
public import Identifiers
import Postgres
public import Tenancy

/// The robot in an agency's own group, through which people are told and no customer ever is.
public struct InternalRobot: Sendable, Hashable, Codable {
  /// What people call it.
  public let name: String
  /// Raised by every edit.
  public let version: Int
  /// Since when.
  public let createdAt: Date

  /// The names in JSON.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, version
    case createdAt = "created_at"
  }
}

/// A robot for an agency's own group.
public struct InternalRobotDraft: Codable, Sendable, CustomReflectable {
  /// The fields.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case name, webhook
  }

  var name: String
  /// The robot's address as WeCom shows it, or its key alone. It is sealed at once and never shown again.
  var webhook: String

  /// A mirror without the key.
  public var customMirror: Mirror { Mirror(self, children: ["name": name]) }

  func account() throws -> ChannelAccount {
    var check = FieldCheck()
    check.text("/name", name, upTo: 100)
    let account = try? ChannelAccount.weComRobot(webhook)
    if account == nil { check.add("/webhook", .malformed) }
    try check.finish()
    guard let account else { throw InvalidInput("/webhook", .malformed) }
    return account
  }
}

/// The internal robots of the agencies.
public struct InternalRobotStore: Sendable {
  private let tenancy: Tenancy
  private var control: PostgresPool { tenancy.control }

  /// Over the given tenancy, under whose master keys the robots' keys are sealed.
  public init(_ tenancy: Tenancy) {
    self.tenancy = tenancy
  }

  /// The agency's robot. Throws `NotFound`.
  public func robot(of agency: ID<Agency>) async throws -> InternalRobot {
    let rows = try await control.read(
      "select name, version, created_at from control.internal_robots where agency_id = \(agency)")
    guard let row = rows.first else { throw NotFound() }
    return InternalRobot(
      name: try row.value("name"), version: try row.value("version"), createdAt: try row.value("created_at"))
  }

  /// Gives the agency a robot, in place of the one it has. Throws `InvalidInput`, also for the account of a brand's
  /// channel or of another agency.
  public func set(_ draft: InternalRobotDraft, of agency: ID<Agency>, by actor: Actor) async throws {
    let account = try draft.account()
    let sealed = try tenancy.seal(Data(account.key.reveal().utf8), place: Self.place(agency))
    do {
      let isSet = try await control.transaction { transaction in
        let set = try await transaction.query(
          """
          insert into control.internal_robots as r (agency_id, name, sealed_key, fingerprint)
          values (\(agency), \(draft.name), \(sealed), \(account.fingerprint))
          on conflict (agency_id) do update set name = excluded.name, sealed_key = excluded.sealed_key,
            fingerprint = excluded.fingerprint, version = r.version + 1
          """)
        // The table keeps accounts apart, and adds nothing for one that a channel has.
        guard set.affected == 1 else { return false }
        try await ActStore(transaction).note(Self.act("set", agency, name: draft.name), by: actor, in: agency)
        return true
      }
      guard isSet else { throw InvalidInput("/webhook", .taken) }
    } catch let error as PostgresError where error.isUniqueViolation {
      throw InvalidInput("/webhook", .taken)
    }
  }

  /// Takes the robot away. Throws `NotFound`.
  public func remove(of agency: ID<Agency>, by actor: Actor) async throws {
    try await control.transaction { transaction in
      let removed = try await transaction.query("delete from control.internal_robots where agency_id = \(agency)")
      guard removed.affected == 1 else { throw NotFound() }
      try await ActStore(transaction).note(Self.act("removed", agency, name: nil), by: actor, in: agency)
    }
  }

  /// The robot's account with its key opened, for the adapter; nil when there is none any more.
  func account(of agency: ID<Agency>) async throws -> ChannelAccount? {
    let rows = try await control.read("select sealed_key from control.internal_robots where agency_id = \(agency)")
    guard let sealed = try rows.first?.value("sealed_key", as: Data.self) else { return nil }
    let key = try tenancy.open(sealed, place: Self.place(agency))
    return try ChannelAccount.weComRobot(String(decoding: key, as: UTF8.self))
  }

  private static func act(_ name: String, _ agency: ID<Agency>, name robot: String?) -> Act {
    Act("internal_robot.\(name)", Act.Subject("internal_robot", id: "\(agency)", name: robot))
  }

  private static func place(_ agency: ID<Agency>) -> String { "internal-robot|\(agency)" }
}
