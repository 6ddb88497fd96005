import Community
import Foundation
import Hummingbird
import Identifiers
import Sheets
import Tenancy
import Wording

/// Sheets that people bring: uploaded, matched, checked, run, undone.
struct ImportRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    brand.group("imports")
      .get(use: list)
      .post(use: upload)
      .get("{import}", use: show)
      .put("{import}/mapping", use: map)
      .put("{import}/check", use: check)
      .put("{import}/run", use: run)
      .put("{import}/undo", use: undo)
      .get("{import}/problems", use: problems)
      .get("{import}/problems.csv") { try await self.mendSheet($0, $1, .csv) }
      .get("{import}/problems.xlsx") { try await self.mendSheet($0, $1, .xlsx) }
  }

  @Sendable func list(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: Query.paging.union(["subject"]))
    let page = try await ImportStore(api.reader(context))
      .page(try query.page(), subject: try query.choice("subject"))
    let bodies = page.items.map { ImportBody($0, nil, in: context.language) }
    return try Answer.list(bodies, next: page.hasMore ? bodies.last?.id.description : nil, of: request)
  }

  /// The body is the file itself; what it is, its first bytes tell.
  @Sendable func upload(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let query = try Query(request, allowing: ["subject", "name", "sheet"])
    guard let subject: Import.Subject = try query.choice("subject") else { throw InvalidInput("subject", .required) }
    guard let name = query.text("name") else { throw InvalidInput("name", .required) }
    try request.requireMediaType(Self.mediaTypes)
    let (file, digest) = try await request.spooled(upTo: api.limits.sheet)
    let key = try IdempotencyKey(request, digest: digest)
    let sheet = query.text("sheet")
    let upload = try await FileDesk.do { try ImportUpload(subject, name: name, file: file, sheet: sheet) }
    let brandKey = try api.tenancy.key(of: context.brand)
    return try await api.once(key, context) { transaction in
      let id = try await ImportStore.create(
        upload, by: context.caller.name, in: transaction, key: brandKey, telling: api.dependencies.index)
      return try Answer.created(try await body(id, transaction, context), under: request.uri.path)
    }
  }

  /// What spreadsheets, browsers and programs call such files.
  private static let mediaTypes = [
    "text/csv", SheetFileFormat.xlsx.mediaType, "application/octet-stream", "application/vnd.ms-excel",
  ]

  @Sendable func show(_ request: Request, _ context: BrandContext) async throws -> Answer {
    try api.show(request, try await body(try context.id("import"), api.reader(context), context))
  }

  @Sendable func map(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await present(context).id
    _ = try Query(request)
    let draft = try await request.json(ImportMappingDraft.self, upTo: api.limits.json)
    return try await order("mapped", id, request, context) { try await $0.map(id, draft, ifVersion: $1) }
  }

  @Sendable func check(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await present(context).id
    try request.requireNoQuestion()
    return try await order("checked", id, request, context) { orders, _ in try await orders.check(id) }
  }

  @Sendable func run(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await present(context).id
    _ = try Query(request)
    let draft = try await request.json(ImportRunDraft.self, upTo: api.limits.json)
    return try await order("run", id, request, context) { orders, _ in
      try await orders.run(id, draft.rows.selection, by: context.caller.name)
    }
  }

  @Sendable func undo(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await present(context).id
    try request.requireNoQuestion()
    return try await order("undone", id, request, context) { orders, _ in
      try await orders.undo(id, by: context.caller.name)
    }
  }

  /// Row by row; `after` is the number of the last row seen.
  @Sendable func problems(_ request: Request, _ context: BrandContext) async throws -> Answer {
    let id = try await present(context).id
    let query = try Query(request, allowing: Query.paging)
    let after = try query.number("after", default: 0, in: 0...Int(Int32.max))
    let page = try await ImportStore(api.reader(context)).problems(of: id, after: after, limit: try query.limit())
    let items = page.items.flatMap(\.problems).map { ImportProblemBody($0, in: context.language) }
    let next = page.hasMore ? page.items.last.map { "\($0.row)" } : nil
    return try Answer.list(items, next: next, of: request)
  }

  private func mendSheet(
    _ request: Request, _ context: BrandContext, _ format: SheetFileFormat
  ) async throws -> Response {
    let imported = try await present(context)
    _ = try Query(request)
    let language = context.language
    let file = try await MendSheet(api.tenancy, of: context.brand).write(
      imported, as: format, title: Phrase.problemColumn.text(in: language)
    ) { $0.text(in: language) }
    let name = imported.name.split(separator: ".").first.map(String.init) ?? imported.subject.rawValue
    return file.response(named: "\(name)-problems.\(format.rawValue)", as: format)
  }

  private func present(_ context: BrandContext) async throws -> Import {
    try await ImportStore(api.reader(context)).imported(try context.id("import"))
  }

  private func order(
    _ name: String, _ id: ID<Import>, _ request: Request, _ context: BrandContext,
    _ order: (ImportOrders, Int?) async throws -> Void
  ) async throws -> Answer {
    let key = try api.tenancy.key(of: context.brand)
    return try await api.act(name, request, context) {
      try await body(id, $0, context)
    } _: { transaction, version in
      try await order(ImportOrders(transaction, key: key, index: api.dependencies.index), version)
    }
  }

  private func body(
    _ id: ID<Import>, _ session: any BrandSession, _ context: BrandContext
  ) async throws -> ImportBody {
    let store = ImportStore(session)
    let imported = try await store.imported(id)
    let scan = try await store.scan(of: id, key: try api.tenancy.key(of: context.brand))
    return ImportBody(imported, scan, in: context.language)
  }
}

/// Which rows are to be taken.
struct ImportRunDraft: Codable {
  let rows: Rows

  enum CodingKeys: String, CodingKey, CaseIterable {
    case rows
  }

  /// `all`, `valid`, or the numbers of rows.
  enum Rows: Codable {
    enum Word: String, Codable, CaseIterable {
      case all
      case valid
    }

    case word(Word)
    case numbers([Int])

    init(from decoder: any Decoder) throws {
      // A wrong guess would be noted as a problem.
      if let json = (decoder as? JSONDecoding)?.json, json.array != nil {
        self = .numbers(try [Int](from: decoder))
      } else {
        self = .word(try decoder.singleValueContainer().decode(Word.self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .word(let word): try container.encode(word)
      case .numbers(let numbers): try container.encode(numbers)
      }
    }

    var selection: ImportSelection {
      switch self {
      case .word(.all): .all
      case .word(.valid): .valid
      case .numbers(let numbers): .chosen(numbers)
      }
    }
  }
}
