public import Foundation
public import Postgres

/// The audit of a brand's data, which lies beside it in its cell.
public struct BrandActs: Sendable {
  private let tenancy: Tenancy
  private let brand: Brand

  /// The audit of a brand.
  public init(_ tenancy: Tenancy, of brand: Brand) {
    self.tenancy = tenancy
    self.brand = brand
  }

  /// An act as it is shown.
  public struct Record: Sendable, Hashable {
    /// Its place in the brand's chain, from 1.
    public let number: Int
    /// When.
    public let at: Date
    /// Who, by name.
    public let byWhom: String
    /// Who, with all that is known; nil for what the engine notes by itself.
    public let actor: Actor?
    /// What was done.
    public let act: String
    /// To what: its kind and its id.
    public let subject: String
    /// What the thing was called.
    public let name: String?
    /// What it was before, as far as it changed.
    public let before: JSON?
    /// What it became.
    public let after: JSON?
  }

  /// The latest acts, the newest first.
  ///
  /// - Parameters:
  ///   - number: older than this one.
  ///   - actor: by this person or key.
  ///   - act: of this name.
  public func acts(
    before number: Int? = nil, actor: UUID? = nil, act: String? = nil, subject: String? = nil, limit: Int
  ) async throws -> [Record] {
    let key = try tenancy.key(of: brand)
    let pool = try tenancy.cells.pool(of: brand.cell)
    return try await pool.lease { connection in
      try await connection.query(
        """
        select number, at, by_whom, actor, act, subject, detail from ops.audit
        where chain = \(brand.id) and (\(number)::bigint is null or number < \(number))
          and (\(actor)::uuid is null or (actor ->> 'id')::uuid = \(actor))
          and (\(act)::text is null or act = \(act)) and (\(subject)::text is null or subject = \(subject))
        order by number desc limit \(limit)
        """)
    }.map { try Record($0, key: key) }
  }
}

extension BrandActs.Record {
  init(_ row: PostgresRow, key: BrandKey) throws {
    number = try row.value("number")
    at = try row.value("at")
    byWhom = try row.value("by_whom")
    actor = try row.value("actor", as: JSON?.self)?.decode()
    act = try row.value("act")
    subject = try row.value("subject")
    let detail = try row.value("detail", as: JSON.self)
    guard let stored = try? detail.decode(Stored.self), let sealed = Data(base64Encoded: stored.sealed) else {
      // What the engine notes holds ids and states only, and is not sealed.
      (name, before, after) = (nil, nil, detail.text == "{}" ? nil : detail)
      return
    }
    let text = try key.open(sealed, table: SealedAct.table, row: stored.row, column: SealedAct.column)
    let content = try JSON(text: text).decode(SealedAct.self)
    (name, before, after) = (content.name, content.before.map(JSON.init(text:)), content.after.map(JSON.init(text:)))
  }

  private struct Stored: Decodable {
    let row: UUID
    let sealed: String
  }
}
