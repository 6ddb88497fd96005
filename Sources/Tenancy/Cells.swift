public import Postgres

/// The databases that hold brand schemas, by name. A deployment starts with one.
public struct Cells: Sendable {
  /// The cell that a deployment starts with.
  public static let first = "main"

  private let pools: [String: PostgresPool]

  /// The cells with the pools of the application's login.
  public init(_ pools: [String: PostgresPool]) {
    self.pools = pools
  }

  /// The names, sorted.
  public var names: [String] { pools.keys.sorted() }

  /// The pool of a cell. Throws `TenancyError.cellNotConfigured`.
  public func pool(of cell: String) throws(TenancyError) -> PostgresPool {
    guard let pool = pools[cell] else { throw .cellNotConfigured(name: cell) }
    return pool
  }
}
