public import Foundation
public import Identifiers
public import Sheets

/// A sheet that somebody brings into a brand (导入).
public struct Import: Sendable, Hashable {
  /// What its rows are.
  public enum Subject: String, Sendable, Hashable, Codable, CaseIterable {
    case groups
    case members
    case channels
  }

  /// How far it is.
  ///
  /// ```
  /// uploaded ─▶ checking ─▶ checked ─▶ running ─▶ done ─▶ undoing ─▶ undone
  ///                 ▼          ▲ again     ▼                 ▼
  ///               failed ──────┴───────  failed            failed
  /// ```
  public enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case uploaded
    case checking
    case checked
    case running
    case done
    case failed
    case undoing
    case undone
  }

  /// What a worker does with it.
  public enum Step: String, Sendable, Hashable, Codable, CaseIterable {
    case check
    case run
    case undo
  }

  /// Why a step failed.
  public enum Failure: Sendable, Hashable, Codable {
    /// The file.
    case sheet(SheetError)
    /// The worker, which tried often enough.
    case givenUp
  }

  /// Its identifier.
  public let id: ID<Import>
  /// What its rows are.
  public let subject: Subject
  /// The file's name.
  public let name: String
  /// The file's size.
  public let bytes: Int
  /// How far it is.
  public let state: State
  /// The step that failed.
  public let failedStep: Step?
  /// Why it failed.
  public let failure: Failure?
  /// What kind of file it is.
  public let format: SheetFileFormat
  /// How separated values are written.
  public let encoding: SheetEncoding?
  /// The names of a workbook's sheets.
  public let sheets: [String]
  /// Which column, counted from 0, holds which field.
  public let columns: [String: Int]
  /// Rows behind the header.
  public let total: Int
  /// How many rows the present step has to do.
  public let expected: Int
  /// How many it has done.
  public let processed: Int
  /// What became of the rows, or would become.
  public let counts: Counts
  /// Who brought it.
  public let by: String
  /// Raised by every change of state and mapping.
  public let version: Int
  /// When it was brought.
  public let createdAt: Date
  /// When its last step ended.
  public let endedAt: Date?
  /// When the file and its rows were forgotten.
  public let forgottenAt: Date?

  /// Numbers of rows.
  public struct Counts: Sendable, Hashable, Codable {
    /// Something new.
    public var created = 0
    /// A change of what was there.
    public var updated = 0
    /// What was known already.
    public var unchanged = 0
    /// Not taken.
    public var refused = 0
    /// Taken back.
    public var undone = 0
    /// Not taken back: edited or in use since.
    public var kept = 0

    /// The names in JSON.
    public enum CodingKeys: String, CodingKey, CaseIterable {
      case created, updated, unchanged, refused, undone, kept
    }
  }

  /// How long a file and its rows are kept.
  public static let retention = Duration.seconds(30 * 86_400)
}

/// Which rows of a sheet are to be taken.
public enum ImportSelection: Sendable, Hashable {
  /// All, which needs every row to be sound.
  case all
  /// Those that are.
  case valid
  /// Some of those, by the numbers that a spreadsheet gives them.
  case chosen([Int])
}

extension Import {
  /// The first rows of the file as they may be shown: no robot's key is among them.
  public func preview(of scan: SheetScan) -> [[String]] {
    let secret = Set(subject.fields.filter(\.isSecret).compactMap { columns[$0.name] })
      .union(
        scan.header.indices.filter { index in
          subject.fields.contains { $0.isSecret && $0.titles.contains(scan.header[index]) }
        })
    return scan.preview.map { row in
      row.cells.enumerated().map { index, cell in
        secret.contains(index) && !cell.text.isEmpty
          ? RobotAddress.redacted(cell.text) : SheetProblem.clipped(cell.text)
      }
    }
  }
}
