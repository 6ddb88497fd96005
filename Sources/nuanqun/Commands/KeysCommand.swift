import ArgumentParser
import Postgres
import Tenancy

/// `nuanqun keys`
struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "The keys under which secrets are kept.", subcommands: [Rotate.self])

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Wrap every brand's key anew under the newest master key, while everything runs.",
      discussion: """
        Put a new key first in NUANQUN_MASTER_KEYS and keep the old one behind it, restart all processes with that, then \
        run this. When it ends with 0, nothing lies under the old key any more, and it can be taken out of the setting.
        """)

    @Flag(help: "Print JSON.")
    var json = false

    func run() async {
      await CommandProcess.run { deployment in
        let pool = PostgresPool(try deployment.database(name: "keys"), logger: deployment.logger)
        let outcome = try await KeyRotation(control: pool, masterKeys: try deployment.masterKeys()).run()
        await pool.close()
        print(
          json
            ? try Output.line(outcome)
            : "wrapped anew: \(outcome.brands) brands, \(outcome.people) people; under the newest key before: "
              + "\(outcome.already)")
      }
    }
  }
}
