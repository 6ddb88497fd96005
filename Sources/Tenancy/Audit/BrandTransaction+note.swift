import Foundation
import Identifiers
import Postgres

extension BrandTransaction {
  /// Writes an act on the brand's data into the brand's audit, in the same commit. Acts of one brand wait for each other.
  ///
  /// What the thing is called and what of it changed is sealed with the brand's key: when a brand is erased, its audit
  /// still tells who did what when, and nothing of anybody's data.
  public func note(_ act: Act, by actor: Actor) async throws {
    let row = UUID()
    let content = SealedAct(name: act.subject.name, before: act.before?.text, after: act.after?.text)
    let key = try BrandKey(unwrapping: brand.wrappedKey, of: brand.id, under: masterKeys)
    let sealed = try key.seal(
      try JSON(encoding: content).text, table: SealedAct.table, row: row, column: SealedAct.column)
    let detail = ["row": row.uuidString.lowercased(), "sealed": sealed.base64EncodedString()]
    try await query(
      """
      select ops.note_act(\(try JSON(encoding: actor)), \(act.name), \("\(act.subject.kind) \(act.subject.id)"),
        \(try JSON(encoding: detail)))
      """)
  }
}

/// What an act shows of a brand's data.
struct SealedAct: Codable {
  static let table = "audit"
  static let column = "detail"

  let name: String?
  let before: String?
  let after: String?
}
