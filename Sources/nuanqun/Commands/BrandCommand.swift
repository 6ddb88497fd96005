import ArgumentParser
import Foundation
import Tenancy

/// `nuanqun brand`
struct BrandCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "brand", abstract: "Brands: the clients of an agency, each with a schema of its own.",
    subcommands: [Create.self, List.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a brand: schema, role, data key and settings.")

    @Argument(help: "Its short name: a–z, 0–9 and hyphens.")
    var slug: String

    @Option(help: "The agency's short name.")
    var agency: String

    @Option(help: "Its name as people write it.")
    var name: String

    @Option(help: "The zone in which its days and times are meant.")
    var zone = "Asia/Shanghai"

    @Flag(help: "Print JSON.")
    var json = false

    func run() async {
      await CommandProcess.run { deployment in
        let owner = try OwnerAccess(deployment)
        let known = try await owner.agency(agency)
        let brand = try await owner.brandCreation().create(slug: slug, name: name, zone: zone, for: known.id)
        await owner.close()
        print(json ? try Output.line(Row(brand)) : "\(brand.slug)  \(brand.id)")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List an agency's brands.")

    @Option(help: "The agency's short name.")
    var agency: String

    @Flag(help: "Print one JSON line for each brand.")
    var json = false

    func run() async {
      await CommandProcess.run { deployment in
        let owner = try OwnerAccess(deployment)
        let known = try await owner.agency(agency)
        var after: String?
        repeat {
          let brands = try await BrandStore(owner.pool).brands(of: known.id, after: after, limit: 200)
          for brand in brands {
            print(json ? try Output.line(Row(brand)) : "\(brand.slug)  \(brand.id)  \(brand.cell)  \(brand.name)")
          }
          after = brands.count == 200 ? brands.last?.slug : nil
        } while after != nil
        await owner.close()
      }
    }
  }

  private struct Row: Encodable {
    let id: String
    let slug: String
    let name: String
    let cell: String

    init(_ brand: Brand) {
      id = "\(brand.id)"
      slug = brand.slug
      name = brand.name
      cell = brand.cell
    }
  }
}
