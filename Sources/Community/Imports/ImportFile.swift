import Foundation
import Identifiers
import Postgres
import Sheets
import Tenancy

/// An import's file as the brand keeps it: in pieces, each sealed with the brand's key, for it may hold robots' keys and
/// people's telephone numbers.
struct ImportFile {
  static let piece = 256 << 10

  let id: ID<Import>
  let key: BrandKey

  func write(_ file: SpoolFile, in transaction: BrandTransaction) async throws {
    var offset = 0
    while true {
      let bytes = try file.read(at: offset, count: Self.piece)
      guard !bytes.isEmpty else { return }
      let position = offset / Self.piece
      let sealed = try key.seal(bytes: Data(bytes), table: "import_chunks", row: id.uuid, column: column(position))
      try await transaction.query(
        "insert into import_chunks (import_id, position, sealed) values (\(id), \(position)::integer, \(sealed))")
      offset += bytes.count
    }
  }

  /// The whole file again.
  ///
  /// - Throws: `NotFound` when it was forgotten.
  func read(_ bytes: Int, from session: some BrandSession) async throws -> SpoolFile {
    let file = try SpoolFile()
    for position in 0..<(bytes + Self.piece - 1) / Self.piece {
      let rows = try await session.query(
        "select sealed from import_chunks where import_id = \(id) and position = \(position)::integer")
      guard let sealed = try rows.first?.value("sealed", as: Data.self) else { throw NotFound() }
      let plain = try key.open(bytes: sealed, table: "import_chunks", row: id.uuid, column: column(position))
      try file.append(plain)
    }
    return file
  }

  func seal(_ scan: SheetScan) throws -> Data {
    try key.seal(bytes: try JSONEncoder().encode(scan), table: "imports", row: id.uuid, column: "sealed_scan")
  }

  func openScan(_ sealed: Data) throws -> SheetScan {
    let plain = try key.open(bytes: sealed, table: "imports", row: id.uuid, column: "sealed_scan")
    return try JSONDecoder().decode(SheetScan.self, from: plain)
  }

  func seal(_ secret: String, ofRow row: Int) throws -> Data {
    try key.seal(secret, table: "import_rows", row: id.uuid, column: "sealed_secret/\(row)")
  }

  func openSecret(_ sealed: Data, ofRow row: Int) throws -> String {
    try key.open(sealed, table: "import_rows", row: id.uuid, column: "sealed_secret/\(row)")
  }

  private func column(_ position: Int) -> String { "sealed/\(position)" }
}
