import Foundation
import Postgres
@testable import Tenancy
import TestSupport
import Testing

/// What a value could do if it were ever spliced into a statement's text: not reach another brand.
///
/// The product binds values and splices none; this is the door behind that door.
@Suite struct InjectionTests {
  /// What stands where a name was expected, and the code with which the server refuses it.
  static let attempts: [(text: String, refused: SQLState)] = [
    // The context itself: brand roles may not call set_config.
    ("' or set_config('role', '{theirs}', true) = '{theirs}' or name = '", .insufficientPrivilege),
    ("' or set_config('role', 'none', false) = '' or name = '", .insufficientPrivilege),
    ("' or set_config('search_path', '{theirs}', true) = '' or name = '", .insufficientPrivilege),
    // Another schema by its name.
    ("' union select name from {theirs}.groups --", .insufficientPrivilege),
    ("' union select relname from pg_class, {theirs}.settings --", .insufficientPrivilege),
    // A second statement behind the first: the extended protocol takes one.
    ("'; set role {theirs}; --", .syntaxError),
    ("'; reset role; select name from {theirs}.groups --", .syntaxError),
    ("'; select set_config('role', '{theirs}', false) --", .syntaxError),
    // A function that runs text as SQL.
    ("' or query_to_xml('select name from {theirs}.groups', true, true, '') is null --", .insufficientPrivilege),
    ("' or query_to_xml('set role {theirs}', true, true, '') is null --", "0A000"),
    ("' or query_to_xml('reset role', true, true, '') is null --", "0A000"),
    (
      "' or query_to_xml('select set_config(''role'', ''{theirs}'', true)', true, true, '') is null --",
      .insufficientPrivilege
    ),
    ("' or table_to_xml('{theirs}.groups', true, true, '') is null --", .insufficientPrivilege),
    ("' union select word from ts_stat('select to_tsvector(name) from {theirs}.groups') --", .insufficientPrivilege),
    // The tables behind the engine, and the agencies' side.
    ("' union select kind from ops.runs --", .insufficientPrivilege),
    ("' union select role_name from ops.tenants --", .insufficientPrivilege),
    ("' union select slug from control.brands --", .insufficientPrivilege),
    ("' union select name from control.api_keys --", .insufficientPrivilege),
    // The server itself.
    ("' union select pg_read_file('postgresql.conf') --", .insufficientPrivilege),
    ("' union select rolpassword from pg_authid --", .insufficientPrivilege),
    (
      """
      ' union select pg_terminate_backend(pid)::text from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() --
      """, .insufficientPrivilege
    ),
  ]

  @Test(arguments: [true, false]) func aSplicedValueReachesNobodyElse(inTransaction: Bool) async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let (ours, theirs) = (brands[0], brands[1])
      let tenancy = deployment.tenancy
      for attempt in Self.attempts {
        let value = attempt.text.replacing("{theirs}", with: theirs.schema)
        let spliced = SQL(stringLiteral: "select name from groups where name = '\(value)'")
        let refused = try await refusal {
          inTransaction
            ? try await tenancy.transaction(of: ours) { try await $0.query(spliced) }
            : try await tenancy.read(of: ours, spliced)
        }
        #expect(refused == attempt.refused, "\(attempt.text)")
        let bound = try await tenancy.read(of: ours, "select name from groups where name = \(value)")
        #expect(bound.isEmpty)
      }
      // Each is a unit of its own: what it may have set is gone.
      for brand in brands {
        #expect(try await tenancy.read(of: brand, "select name from groups").texts() == [brand.slug])
      }
    }
  }

  /// The control: with `set_config` left open to everybody, the first attempt above reads the other brand.
  @Test func withSetConfigOpenTheDoorIsOpen() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let (ours, theirs) = (brands[0], brands[1])
      let switching: SQL = """
        select set_config('role', \(theirs.role), true), set_config('search_path', \(theirs.schema), true)
        """
      let read = { @Sendable in
        try await deployment.tenancy.transaction(of: ours) { transaction in
          try await transaction.query(switching)
          return try await transaction.query("select name from groups").texts()
        }
      }
      #expect(try await refusal(read) == .insufficientPrivilege)
      try await deployment.asOwner("grant execute on function pg_catalog.set_config(text, text, boolean) to public")
      #expect(try await read() == [theirs.slug])
    }
  }

  /// A whole statement is the program's own text, and the server lets the login's session switch with SET ROLE. What
  /// such a statement leaves in the session must fail the next brand's work or mean nothing to it, never mix with it.
  @Test(
    arguments: [
      ("set role {theirs}", SQLState.insufficientPrivilege), ("set search_path = {theirs}", nil), ("reset role", nil),
      ("set session characteristics as transaction read only", nil),
    ] as [(String, SQLState?)])
  func whatAStatementLeavesInTheSessionDoesNotMixBrands(text: String, next: SQLState?) async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(3)
      let pool = try deployment.makePool { $0.limits.maximum = 1 }
      let tenancy = try deployment.makeTenancy(pool)
      try await tenancy.transaction(of: brands[0]) { transaction in
        _ = try await transaction.query(SQL(stringLiteral: text.replacing("{theirs}", with: brands[1].schema)))
      }
      var names: [String]?
      let refused = try await refusal {
        names = try await tenancy.transaction(of: brands[2]) { try await $0.query("select name from groups") }.texts()
      }
      #expect(refused == next)
      #expect(names == (next == nil ? [brands[2].slug] : nil))
      await pool.close()
    }
  }

  @Test func resettingTheRoleGivesNoRights() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      for schema in brands.map(\.schema) {
        let refused = try await refusal {
          try await deployment.tenancy.transaction(of: brands[0]) { transaction in
            try await transaction.query("reset role")
            return try await transaction.query("select name from \(identifier: schema).groups")
          }
        }
        #expect(refused == .insufficientPrivilege)
      }
    }
  }

  @Test func aBrandCannotMakeOrChangeWhatOthersUse() async throws {
    try await withDeployment { deployment in
      let brands = try await deployment.makeMarkedBrands(2)
      let (ours, theirs) = (brands[0], brands[1])
      for text in [
        "set session authorization postgres", "create schema more", "create table more (id int)",
        "create table public.more (id int)", "create role more", "alter role \(ours.role) login",
        "grant \(theirs.role) to \(ours.role)", "alter table groups disable trigger all", "drop table groups cascade",
        "copy groups to program 'true'", "truncate groups cascade",
        "update pg_settings set setting = '\(theirs.schema)' where name = 'search_path'",
        "alter function ops.current_brand() security invoker", "select * from ops.alarms", "delete from ops.runs",
      ] {
        let refused = try await refusal {
          try await deployment.tenancy.transaction(of: ours) { try await $0.query(SQL(stringLiteral: text)) }
        }
        #expect(refused == .insufficientPrivilege, "\(text)")
      }
    }
  }
}
