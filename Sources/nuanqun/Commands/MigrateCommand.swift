import ArgumentParser
import Foundation
import Tenancy

/// `nuanqun migrate`
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Bring all schemas up to date: the agencies' side, each cell, then every brand.",
    discussion: "Needs NUANQUN_OWNER_URL. A file that fails leaves its schema as it was; call again to go on.")

  @Flag(help: "List what would be applied, and apply nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON line for each schema.")
  var json = false

  func run() async {
    await CommandProcess.run { deployment in
      let owner = try OwnerAccess(deployment)
      let steps = try await owner.migrator().run(dryRun: dryRun)
      await owner.close()
      for step in steps {
        print(json ? try Output.line(step) : "\(step.schema): \(step.files.joined(separator: ", "))")
      }
      if !json {
        print(steps.isEmpty ? "Everything is up to date." : "\(steps.count) schemas\(dryRun ? " to migrate" : "").")
      }
    }
  }
}

/// JSON lines for scripts.
enum Output {
  static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
