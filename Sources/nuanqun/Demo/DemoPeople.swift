import Credentials
import Foundation
import Identifiers
import Postgres
import Tenancy

/// The people of the demo's agencies: one of each role, with passwords made for this demo.
struct DemoPeople {
  let stage: Stage

  /// How one of them signs in.
  struct Login {
    let id: ID<Person>
    let email: String
    let password: String
    let role: Role
  }

  private static let names: [(Role, String, String)] = [
    (.owner, "owner", "林岚"), (.accountManager, "manager", "周以宁"), (.operator, "operator", "陈小满"),
    (.viewer, "viewer", "吴越"), (.client, "client", "何棠"),
  ]

  /// Makes them. Until the brands are there, only the owner has a role.
  func join(_ agency: Agency) async throws -> [Login] {
    try await withOwner { owner in
      let accounts = Accounts(
        control: owner.pool, hasher: try PasswordHasher(), masterKeys: try stage.deployment.masterKeys())
      var logins: [Login] = []
      for (role, mailbox, name) in Self.names {
        guard let email = EmailAddress("\(mailbox)@\(agency.slug).example") else { continue }
        let password = Self.password()
        let id = try await accounts.make(
          email: email, name: name, password: password, grants: role == .owner ? [Grant(.owner)] : [], in: agency.id,
          by: "demo")
        logins.append(Login(id: id, email: email.text, password: password, role: role))
      }
      return logins
    }
  }

  /// Gives them their roles: the client for the first brand, the account manager and the operator for all, each by itself.
  func assign(_ people: [Login], agency: String, brands: [String]) async throws {
    try await withOwner { owner in
      let agency = try await owner.agency(agency)
      let tenancy = Tenancy(
        control: owner.pool, cells: Cells([Cells.first: owner.pool]), masterKeys: try stage.deployment.masterKeys())
      var ids: [ID<Brand>] = []
      for slug in brands { ids.append(try await tenancy.brand(slug, of: agency.id).id) }
      for person in people where person.role != .owner {
        let grants =
          switch person.role {
          case .client: ids.prefix(1).map { Grant(.client, for: $0) }
          case .viewer: [Grant(.viewer)]
          default: ids.map { Grant(person.role, for: $0) }
          }
        try await owner.pool.transaction { transaction in
          try await GrantStore(transaction).write(grants, of: person.id, in: agency.id, by: "demo")
        }
      }
    }
  }

  private func withOwner<Value: Sendable>(_ body: (OwnerAccess) async throws -> Value) async throws -> Value {
    let owner = try OwnerAccess(stage.deployment)
    do {
      let value = try await body(owner)
      await owner.close()
      return value
    } catch {
      await owner.close()
      throw error
    }
  }

  /// Four groups of four letters and digits that nobody mistakes for each other.
  private static func password() -> String {
    let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
    return (0..<4).map { _ in String((0..<4).map { _ in letters.randomElement() ?? "x" }) }.joined(separator: "-")
  }
}
