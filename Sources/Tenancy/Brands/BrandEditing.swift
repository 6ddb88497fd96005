import Postgres

/// What people change of a brand on the agencies' side: its name, and whether it is archived.
public struct BrandEditing: Sendable {
  private let control: PostgresPool

  /// Works with the given tenancy's connections.
  public init(_ tenancy: Tenancy) {
    control = tenancy.control
  }

  /// Gives a brand another name; nil when it no longer stands at `version`.
  public func rename(_ brand: Brand, to name: String, ifVersion version: Int, by actor: Actor) async throws -> Brand? {
    guard DisplayName.isFit(name) else { throw TenancyError.badName }
    return try await change(
      brand, ifVersion: version, "name = \(name)",
      Act(
        "brand.renamed", Act.Subject("brand", id: "\(brand.id)", name: name), brand: brand.id,
        before: try JSON(encoding: ["name": brand.name]), after: try JSON(encoding: ["name": name])), by: actor)
  }

  /// Puts a brand away, or brings it back; nil when it no longer stands at `version`. Its sends are stopped by whoever
  /// calls this, in the brand's own data, before.
  public func move(
    _ brand: Brand, to state: Brand.State, ifVersion version: Int, by actor: Actor
  ) async throws -> Brand? {
    try await change(
      brand, ifVersion: version, "state = \(state.rawValue)",
      Act(
        state == .archived ? "brand.archived" : "brand.brought_back",
        Act.Subject("brand", id: "\(brand.id)", name: brand.name), brand: brand.id), by: actor)
  }

  private func change(
    _ brand: Brand, ifVersion version: Int, _ assignment: SQL, _ act: Act, by actor: Actor
  ) async throws -> Brand? {
    try await control.transaction { transaction in
      let rows = try await transaction.query(
        """
        update control.brands set \(assignment), version = version + 1
        where id = \(brand.id) and version = \(version) and state in ('ready', 'archived')
        returning \(BrandStore.columns)
        """)
      guard let row = rows.first else { return nil }
      try await ActStore(transaction).note(act, by: actor, in: brand.agency)
      return try Brand(row)
    }
  }
}
