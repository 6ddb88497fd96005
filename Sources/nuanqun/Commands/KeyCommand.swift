import ArgumentParser
import Foundation
import Tenancy

/// `nuanqun key`
struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Keys with which programs act for an agency.", subcommands: [Create.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key with an owner's rights.", discussion: "The key is shown once and stored as a hash only.")

    @Option(help: "The agency's short name.")
    var agency: String

    @Option(help: "What people call the key.")
    var name = "owner"

    @Option(help: "After how many days it stops working; never when left out.")
    var days: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
      if let days, !(1...3650).contains(days) { throw ValidationError("--days must be from 1 to 3650") }
    }

    func run() async {
      await CommandProcess.run { deployment in
        let owner = try OwnerAccess(deployment)
        let known = try await owner.agency(agency)
        let expiry = days.map { Date(timeIntervalSinceNow: TimeInterval($0) * 86_400) }
        let key = try await APIKeyStore(owner.pool).create(for: known.id, name: name, expiresAt: expiry)
        await owner.close()
        print(json ? try Output.line(["agency": known.slug, "key": key.text]) : key.text)
      }
    }
  }
}
