import Foundation
import Identifiers
import Postgres
import Sheets
import Tenancy

/// A row of a sheet as it is understood.
protocol ImportedRow: Codable, Sendable {
  /// The row as a spreadsheet numbers it.
  var row: Int { get }
  /// What must not be kept as it is, such as a robot's key. It is no part of the row's encoded form.
  var secret: String? { get }
  /// The row with its secret.
  func with(secret: String) -> Self
}

extension ImportedRow {
  var secret: String? { nil }
  func with(secret: String) -> Self { self }
}

/// Understands the rows of a sheet one after the other, and finds those that say the same.
protocol SheetRowReader {
  associatedtype Field: SheetField
  associatedtype Row: ImportedRow
  init()
  /// Nil where not even a name can be told. What is wrong is noted in the cells.
  mutating func read(_ cells: inout SheetCells<Field>) -> Row?
}

/// What can be imported: how rows of its sheets come to changes of the brand's.
protocol ImportKind {
  associatedtype Reader: SheetRowReader
  init(_ tenancy: Tenancy, _ transaction: BrandTransaction)

  /// Reserves outside of the brand what the rows need, before its transaction is opened.
  static func reserve(_ rows: [Reader.Row], for brand: Brand, _ tenancy: Tenancy) async throws -> [String: ID<Channel>]

  /// Decides on rows beside what the brand has, and writes.
  ///
  /// - Parameters:
  ///   - reserved: what was reserved; nil when nothing is to be written.
  ///   - earlier: what earlier rows of the same sheet speak of.
  func take(
    _ rows: [Reader.Row], reserved: [String: ID<Channel>]?, after earlier: any EarlierRows
  ) async throws -> [RowOutcome]

  /// Takes back what is marked as `undoing`, and marks what cannot be.
  static func undo(_ id: ID<Import>, in transaction: BrandTransaction) async throws
}

extension ImportKind {
  static func reserve(
    _ rows: [Reader.Row], for brand: Brand, _ tenancy: Tenancy
  ) async throws -> [String: ID<Channel>] { [:] }
}

extension Import.Subject {
  /// The code for the kind.
  var kind: any ImportKind.Type {
    switch self {
    case .groups: GroupImport.self
    case .members: MemberImport.self
    case .channels: ChannelImport.self
    }
  }
}

/// What rows of a sheet, taken before the ones at hand, speak of.
protocol EarlierRows: Sendable {
  /// Those of the ids that an earlier row speaks of.
  func touched<Thing>(among ids: [ID<Thing>], in transaction: BrandTransaction) async throws -> Set<ID<Thing>>
}

/// A sheet that is taken whole has none.
struct NoEarlierRows: EarlierRows {
  func touched<Thing>(among ids: [ID<Thing>], in transaction: BrandTransaction) async throws -> Set<ID<Thing>> { [] }
}

/// What a row comes to.
struct RowOutcome {
  enum Kind: String {
    case created
    case updated
    case unchanged
    case refused
  }

  let row: Int
  var kind: Kind
  /// What of the brand's it speaks of; nil when that is yet to be made.
  var subject: UUID?
  /// The version that the subject has afterwards.
  var version = 1
  /// The draft before a change, as JSON.
  var before: JSON?
  /// Places in groups that it gives, as JSON.
  var places: JSON?
  /// A channel that is made with it.
  var newChannel: ID<Channel>?
  var problems: [ImportProblem] = []

  static func refused(_ row: Int, _ problems: [ImportProblem]) -> RowOutcome {
    RowOutcome(row: row, kind: .refused, problems: problems)
  }

  /// What `decide` comes to, with what it throws about the row taken as the row's problem.
  static func of(_ row: Int, _ decide: () throws -> RowOutcome) throws -> RowOutcome {
    do {
      return try decide()
    } catch let problem as ImportProblem {
      return .refused(row, [problem])
    } catch let input as InvalidInput {
      return .refused(row, input.problems(ofRow: row))
    }
  }
}

extension ImportResult {
  mutating func add(_ outcomes: [RowOutcome]) {
    for outcome in outcomes {
      switch outcome.kind {
      case .created: created += 1
      case .updated: updated += 1
      case .unchanged: unchanged += 1
      case .refused: problems += outcome.problems
      }
    }
    problems.sort { $0.row < $1.row }
  }
}
