import ArgumentParser
import Foundation
import Sandbox

/// `nuanqun sandbox`
struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract: "Stand in for the platforms: speak their protocols, keep their limits, show the rooms.",
    discussion: "Every request is appended to the log before it is answered. Has no accounts: keep it on loopback.")

  @Option(help: "The port; 0 lets the system choose.")
  var port = 8089

  @Option(help: "The file to which every request is appended.")
  var log = "sandbox.ndjson"

  @Option(help: "The length in seconds of the window in which a robot may send 20 messages.")
  var window = 60.0

  @Option(help: "A file to which the port is written once the sandbox listens.")
  var portFile: String?

  func run() async {
    await CommandProcess.run { deployment in
      var configuration = SandboxConfiguration(logPath: log)
      configuration.port = port
      configuration.rate = RateLimit(count: 20, window: .seconds(window))
      let portFile = portFile
      configuration.onRunning = { port in
        if let portFile { try? Data("\(port)\n".utf8).write(to: URL(filePath: portFile), options: .atomic) }
      }
      let sandbox = try await SandboxService(configuration, logger: deployment.logger)
      try await CommandProcess.serve([sandbox], logger: deployment.logger)
    }
  }
}
