import Identifiers
public import JobQueue
public import Tenancy

extension BrandTransaction {
  /// Adds runs that are there exactly if this transaction commits, and then tells the index of them. Should the index
  /// not hear of it, the sweep brings them.
  public func enqueue(_ runs: [NewRun], telling index: RunIndex) async throws {
    let added = try await RunStore.enqueue(runs, of: ID<Tenant>(brand.id.uuid), in: self)
    afterCommit { _ = try? await index.push(added) }
  }
}
