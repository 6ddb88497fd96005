import Identifiers
import Postgres
@testable import Tenancy
import TestSupport

/// Where a brand's creation was cut off, made by undoing what a whole creation did after that point.
enum CreationCut: CaseIterable, Sendable {
  /// The agencies' side has the brand; its cell has nothing.
  case beforeRole
  /// The role is there and nothing else.
  case afterRole
  /// Role and empty schema are there; no migration was applied.
  case beforeMigrations
  /// The schema is whole but has no settings.
  case beforeSettings
  /// All is done but the last word.
  case beforeReady

  func undo(_ brand: Brand, in deployment: TestDeployment) async throws {
    try await deployment.asOwner("update control.brands set state = 'preparing' where id = \(brand.id)")
    switch self {
    case .beforeReady: break
    case .beforeSettings: try await deployment.asOwner("delete from \(identifier: brand.schema).settings")
    case .beforeMigrations:
      try await deployment.asOwner(
        "drop schema \(identifier: brand.schema) cascade", "create schema \(identifier: brand.schema)")
    case .afterRole:
      try await undoSchema(brand, in: deployment)
    case .beforeRole:
      try await undoSchema(brand, in: deployment)
      try await deployment.asOwner(
        "drop owned by \(identifier: brand.role)", "drop role \(identifier: brand.role)")
    }
  }

  private func undoSchema(_ brand: Brand, in deployment: TestDeployment) async throws {
    try await deployment.asOwner(
      "drop schema \(identifier: brand.schema) cascade",
      "delete from ops.tenants where brand_id = \(brand.id)",
      "revoke \(identifier: brand.role) from \(identifier: TestDeployment.login)")
  }
}
