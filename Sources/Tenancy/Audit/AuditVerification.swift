import Foundation
import Identifiers
public import Postgres

/// Looks whether the chains of the audit are whole.
///
/// Somebody with all rights on the database could write a chain anew from its beginning. Whoever fears that keeps the
/// head's number and hash somewhere else, and compares: a chain that is whole and has that hash at that number is the one
/// that was there.
public struct AuditVerification: Sendable {
  /// One chain, and what was found.
  public struct Finding: Sendable, Hashable, Codable {
    /// `agency` or `brand` with its id, or `cell`.
    public let chain: String
    /// How many rows are as they were written.
    public let rows: Int
    /// The number of the first row that is not; nil where all are.
    public let firstBroken: Int?
    /// What is wrong with it.
    public let problem: Problem?
    /// The hash of the last row, in hex.
    public let head: String

    /// The names in JSON.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case chain, rows, problem, head
      case firstBroken = "first_broken"
    }
  }

  /// What is wrong with a row.
  public enum Problem: String, Sendable, Hashable, Codable {
    /// Its content or its hash was changed.
    case changed
    /// It is not there.
    case missing
    /// Rows were cut off behind the last one.
    case cutOff = "cut_off"
  }

  private let control: PostgresPool
  private let cells: [String: PostgresPool]

  /// Reads through the given pools.
  public init(control: PostgresPool, cells: [String: PostgresPool]) {
    self.control = control
    self.cells = cells
  }

  /// Every chain of the agencies, then of the cells. Costs a look at every row.
  public func findings() async throws -> [Finding] {
    var findings: [Finding] = []
    for agency in try await chains("select agency_id as chain from control.act_heads order by 1", in: control) {
      findings.append(
        try await finding(
          "agency \(agency.uuidString.lowercased())", in: control,
          rows: """
            select number, hash, control.act_hash(lag(hash, 1, '') over (order by number), a) = hash as is_right
            from control.acts a where agency_id = \(agency)
            """,
          head: "select number, hash from control.act_heads where agency_id = \(agency)"))
    }
    for (_, pool) in cells.sorted(by: { $0.key < $1.key }) {
      for chain in try await chains("select chain from ops.audit_heads order by 1", in: pool) {
        let isCell = chain.uuidString == Self.cell
        findings.append(
          try await finding(
            isCell ? "cell" : "brand \(chain.uuidString.lowercased())", in: pool,
            rows: """
              select number, hash, ops.audit_hash(lag(hash, 1, '') over (order by number), a) = hash as is_right
              from ops.audit a where chain = \(chain)
              """,
            head: "select number, hash from ops.audit_heads where chain = \(chain)"))
      }
    }
    return findings
  }

  /// Whether a chain has, at that number, the row with that hash.
  ///
  /// - Parameter text: `agency ID=number:hash`, as the findings give it; the same for `brand ID` and `cell`.
  public func holds(head text: String) async throws -> Bool {
    let parts = text.split(separator: "=", maxSplits: 1)
    let head = (parts.last ?? "").split(separator: ":")
    guard parts.count == 2, head.count == 2, let number = Int(head[0]) else { return false }
    let (chain, hash) = (parts[0].split(separator: " "), String(head[1]))
    let id = chain.count == 2 ? UUID(uuidString: String(chain[1])) : UUID(uuidString: Self.cell)
    switch chain.first {
    case "agency":
      return try await has(
        "select from control.acts where agency_id = \(id) and number = \(number) and hash = decode(\(hash), 'hex')",
        in: [control])
    case "brand", "cell":
      return try await has(
        "select from ops.audit where chain = \(id) and number = \(number) and hash = decode(\(hash), 'hex')",
        in: Array(cells.values))
    default: return false
    }
  }

  private static let cell = "00000000-0000-0000-0000-000000000000"

  private func has(_ sql: SQL, in pools: [PostgresPool]) async throws -> Bool {
    for pool in pools {
      if try await !pool.lease({ try await $0.query(sql) }).isEmpty { return true }
    }
    return false
  }

  private func chains(_ sql: SQL, in pool: PostgresPool) async throws -> [UUID] {
    try await pool.lease { try await $0.query(sql) }.map { try $0.value("chain") }
  }

  /// The database looks at the rows; what comes here is one row.
  private func finding(_ chain: String, in pool: PostgresPool, rows: SQL, head: SQL) async throws -> Finding {
    let found = try await pool.lease { connection in
      try await connection.query(
        """
        with looked as (\(rows)), placed as (
          select number, is_right, number - row_number() over (order by number) as gap from looked
        ), head as (\(head))
        select
          (select min(number) from placed where gap = 0 and not is_right) as changed,
          (select min(number - gap) from placed where gap > 0) as missing,
          (select count(*) from placed) as rows, coalesce((select max(number) from placed), 0) as last,
          h.number as head_number, encode(h.hash, 'hex') as head,
          coalesce((select l.hash = h.hash from looked l where l.number = h.number), h.number = 0) as is_head
        from head h
        """)
    }
    guard let row = found.first else {
      return Finding(chain: chain, rows: 0, firstBroken: 1, problem: .missing, head: "")
    }
    let (changed, missing): (Int?, Int?) = (try row.value("changed"), try row.value("missing"))
    let (count, last, headNumber): (Int, Int, Int) =
      (try row.value("rows"), try row.value("last"), try row.value("head_number"))
    var broken: (Int, Problem)?
    if let changed { broken = (changed, .changed) }
    if let missing, missing < broken?.0 ?? .max { broken = (missing, .missing) }
    if broken == nil, last != headNumber { broken = (min(last, headNumber) + 1, .cutOff) }
    if broken == nil, try !row.value("is_head", as: Bool.self) { broken = (headNumber, .changed) }
    return Finding(
      chain: chain, rows: broken.map { $0.0 - 1 } ?? count, firstBroken: broken?.0, problem: broken?.1,
      head: try row.value("head"))
  }
}
