import ArgumentParser
import Tenancy

/// `nuanqun agency`
struct AgencyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agency", abstract: "Agencies: the customers of this deployment.", subcommands: [Create.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make an agency.")

    @Argument(help: "Its short name: a–z, 0–9 and hyphens.")
    var slug: String

    @Option(help: "Its name as people write it.")
    var name: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async {
      await CommandProcess.run { deployment in
        let owner = try OwnerAccess(deployment)
        let agency = try await AgencyStore(owner.pool).create(slug: slug, name: name)
        await owner.close()
        print(json ? try Output.line(["id": "\(agency.id)", "slug": agency.slug]) : "\(agency.slug)  \(agency.id)")
      }
    }
  }
}
