import Community
import Foundation
import Hummingbird
import Tenancy
import Wording

extension BrandEndpoints {
  /// What is left to do of an import in the brand's transaction.
  typealias ImportWork = (BrandTransaction) async throws -> ImportResult

  /// Imports the sheet in the body, once per idempotency key. With `dry_run=true` it only says what would become of it.
  ///
  /// - Parameter prepare: reads the bytes, before any transaction is open.
  func importSheet(
    _ request: Request, _ context: BrandContext,
    _ prepare: ([UInt8], _ isDry: Bool) async throws -> ImportWork
  ) async throws -> Answer {
    let isDry = try Query(request, allowing: ["dry_run"]).flag("dry_run")
    try request.requireMediaType(["text/csv"])
    let body = try await request.bytes(upTo: limits.sheet)
    let key = isDry ? nil : try IdempotencyKey(request, body: body)
    let work = try await prepare(Array(body.readableBytesView), isDry)
    return try await once(key, context) { transaction in
      try Answer.json(ImportBody(try await work(transaction), in: context.language))
    }
  }
}

/// What became of an imported sheet, as it is shown.
struct ImportBody: Codable {
  struct RowProblem: Codable {
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
  }

  let created: Int
  let updated: Int
  let unchanged: Int
  let problems: [RowProblem]
  let ignoredColumns: [String]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case created, updated, unchanged, problems
    case ignoredColumns = "ignored_columns"
  }

  init(_ result: ImportResult, in language: Language) {
    (created, updated, unchanged) = (result.created, result.updated, result.unchanged)
    problems = result.problems.map { problem in
      RowProblem(
        row: problem.row, column: problem.column, code: problem.reason.code, detail: problem.text(in: language),
        value: problem.value, firstRow: problem.firstRow)
    }
    ignoredColumns = result.ignoredColumns
  }
}
