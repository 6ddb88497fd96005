import Community
import Foundation
import Hummingbird
import Sheets
import Tenancy
import Wording

/// What of a brand is written into sheets.
struct ExportRoutes: Sendable {
  let api: BrandEndpoints

  func add(to brand: RouterGroup<BrandContext>) {
    let exports = brand.group("exports")
    for subject in Import.Subject.allCases {
      for format in SheetFileFormat.allCases {
        exports.get("\(subject.rawValue).\(format.rawValue)") { request, context in
          try await export(subject, format, request, context)
        }
      }
    }
  }

  private func export(
    _ subject: Import.Subject, _ format: SheetFileFormat, _ request: Request, _ context: BrandContext
  ) async throws -> Response {
    let query = try Query(request, allowing: Self.filters[subject] ?? [])
    let export = Export(
      subject, tag: query.text("tag"), state: try query.choice("state"), group: try query.id("group"))
    let language = context.language
    let file = try await export.write(of: context.brand, api.tenancy, as: format) { $0.title(in: language) }
    return file.response(named: "\(context.brand.slug)-\(subject.rawValue).\(format.rawValue)", as: format)
  }

  private static let filters: [Import.Subject: Set<String>] = [.groups: ["tag", "state"], .members: ["group"]]
}
