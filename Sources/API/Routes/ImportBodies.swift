import Community
import Foundation
import Identifiers
import Sheets
import Wording

/// An import as it is shown.
struct ImportBody: Codable, Resource, Versioned {
  /// A field that a column can hold.
  struct Field: Codable {
    let name: String
    let title: String
    let needed: Bool

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, title, needed
    }
  }

  /// Why a step failed.
  struct Failure: Codable {
    let step: Import.Step?
    let code: String
    let detail: String

    enum CodingKeys: String, CodingKey, CaseIterable {
      case step, code, detail
    }
  }

  let id: ID<Import>
  let subject: Import.Subject
  let name: String
  let bytes: Int
  let state: Import.State
  let failure: Failure?
  let format: String
  let encoding: String?
  let sheets: [String]?
  let sheet: String?
  let total: Int
  let expected: Int
  let processed: Int
  let counts: Import.Counts
  let columns: [String: Int]
  let fields: [Field]?
  let header: [String]?
  let preview: [[String]]?
  let by: String
  let version: Int
  let createdAt: Date
  let endedAt: Date?
  let forgottenAt: Date?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case id, subject, name, bytes, state, failure, format, encoding, sheets, sheet, total, expected, processed, counts
    case columns, fields, header, preview, by, version
    case createdAt = "created_at"
    case endedAt = "ended_at"
    case forgottenAt = "forgotten_at"
  }

  /// Without what was found in the file where a list is shown.
  init(_ imported: Import, _ scan: SheetScan?, in language: Language) {
    (id, subject, name, bytes) = (imported.id, imported.subject, imported.name, imported.bytes)
    state = imported.state
    failure = imported.failure.map { failure in
      Failure(step: imported.failedStep, code: failure.code, detail: failure.text(in: language))
    }
    format = imported.format.rawValue
    encoding = imported.encoding?.rawValue
    sheets = imported.sheets.isEmpty ? nil : imported.sheets
    sheet = scan?.sheet
    (total, expected, processed, counts) = (imported.total, imported.expected, imported.processed, imported.counts)
    // People count columns from 1.
    columns = imported.columns.mapValues { $0 + 1 }
    let fields = imported.subject.fields
    self.fields = scan.map { _ in
      fields.map { Field(name: $0.name, title: $0.title(in: language), needed: $0.isNeeded) }
    }
    header = scan?.header
    preview = scan.map { imported.preview(of: $0) }
    by = imported.by
    version = imported.version
    (createdAt, endedAt, forgottenAt) = (imported.createdAt, imported.endedAt, imported.forgottenAt)
  }
}

/// What is wrong with a row, as it is shown.
struct ImportProblemBody: Codable {
  let row: Int
  let column: String
  let code: String
  let detail: String
  let value: String
  let firstRow: Int?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case row, column, code, detail, value
    case firstRow = "first_row"
  }

  init(_ problem: ImportProblem, in language: Language) {
    (row, column, code) = (problem.row, problem.column, problem.reason.code)
    detail = problem.text(in: language)
    (value, firstRow) = (problem.value, problem.firstRow)
  }
}
