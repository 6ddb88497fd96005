public import Foundation
import Identifiers
import Postgres

/// What a person has stopped, until a person lets it go on.
public enum PauseScope: Sendable, Hashable {
  /// All runs of the desk's tenant.
  case tenant
  /// Those of one source, such as a plan.
  case source(String)
  /// Those that have to pass a gate, such as a channel.
  case gate(String)
  /// Those of a kind, of every tenant: only for whoever runs the deployment.
  case kind(String)

  /// The key of the pause; nil where the scope does not fit the desk.
  func key(of tenant: ID<Tenant>?) -> String? {
    switch (self, tenant) {
    case (.kind(let kind), nil): "kind:\(kind)"
    case (.kind, _), (_, nil): nil
    case (.tenant, let tenant?): "brand:\(tenant)"
    case (.source(let source), let tenant?): "source:\(tenant):\(source)"
    case (.gate(let gate), let tenant?): "gate:\(tenant):\(gate)"
    }
  }
}

/// A pause as it stands.
public struct Pause: Sendable, Hashable {
  /// `brand:…`, `source:…:…`, `gate:…:…` or `kind:…`.
  public let key: String
  /// Who set it.
  public let byWhom: String
  /// Since when.
  public let since: Date
}

extension Pause {
  /// What is paused, without the tenant's name.
  public var scope: PauseScope? {
    let parts = key.split(separator: ":", maxSplits: 2).map(String.init)
    return switch (parts.first, parts.count) {
    case ("brand", 2): .tenant
    case ("source", 3): .source(parts[2])
    case ("gate", 3): .gate(parts[2])
    case ("kind", 2...): .kind(parts.dropFirst().joined(separator: ":"))
    default: nil
    }
  }
}

/// A pause of another tenant's, or of everybody's, where the desk is one tenant's; or the other way round.
public struct PauseOutOfReach: Error, CustomStringConvertible {
  /// What to do instead.
  public var description: String {
    "a kind is paused for all brands, without --agency and --brand; everything else for one brand, with them"
  }
}

extension RunDesk {
  /// Starts nothing more that matches. What runs already goes on. False when it stood already.
  @discardableResult
  public func pause(_ scope: PauseScope) async throws -> Bool {
    guard let key = scope.key(of: tenant) else { throw PauseOutOfReach() }
    return try await store.pool.transaction { transaction in
      let added = try await transaction.query(
        "insert into ops.pauses (key, by_whom) values (\(key), \(who)) on conflict do nothing")
      guard added.affected == 1 else { return false }
      try await audit("pause", key, in: transaction)
      return true
    }
  }

  /// Lets go on what a pause has stopped. False when there was none.
  @discardableResult
  public func resume(_ scope: PauseScope) async throws -> Bool {
    guard let key = scope.key(of: tenant) else { throw PauseOutOfReach() }
    let removed = try await store.pool.transaction { transaction in
      let removed = try await transaction.query("delete from ops.pauses where key = \(key)")
      guard removed.affected == 1 else { return false }
      try await audit("resume", key, in: transaction)
      return true
    }
    // Also when somebody else was first: his process may have ended before it came to this.
    try await index.rouse(key)
    return removed
  }

  /// The pauses that concern the desk.
  public func pauses() async throws -> [Pause] {
    let mine: SQL =
      tenant.map { "where key = \("brand:\($0)") or key like \("source:\($0):%") or key like \("gate:\($0):%")" } ?? ""
    return try await store.long("select key, by_whom, at from ops.pauses \(mine) order by at, key").map { row in
      Pause(key: try row.value("key"), byWhom: try row.value("by_whom"), since: try row.value("at"))
    }
  }
}
