import ArgumentParser

/// The command.
@main
struct Nuanqun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nuanqun",
    abstract: "暖群: the back office of agencies that run chat communities for client brands.",
    discussion: """
      Settings are environment variables (see the README); `nuanqun doctor` checks them.
      """,
    subcommands: [
      DemoCommand.self, APICommand.self, MigrateCommand.self, AgencyCommand.self, BrandCommand.self, KeyCommand.self,
      KeysCommand.self, AuditCommand.self,
      JobsCommand.self, DeliveriesCommand.self, CellCommand.self,
      WorkerCommand.self, SandboxCommand.self,
      DoctorCommand.self, BenchCommand.self, BenchWorkerCommand.self,
    ])
}
