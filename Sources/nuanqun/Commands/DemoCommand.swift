import ArgumentParser
import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore

/// `nuanqun demo`
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Set up two agencies with four brands and watch their posts arrive in chat rooms.",
    discussion: """
      Starts a private Postgres and Redis, the sandbox, the API and two workers, and fills them through the API. All it
      makes lies in NUANQUN_HOME (.nuanqun); every run begins anew. demo.json there tells scripts where everything is.
      """)

  @Flag(help: "End by itself when the demo's sends are settled: with 0 when all came to the end that they should.")
  var exitWhenDone = false

  func run() async {
    await CommandProcess.run { deployment in
      let home = URL(filePath: try deployment.settings.text("NUANQUN_HOME") ?? ".nuanqun", directoryHint: .isDirectory)
      // Checked before anything is started.
      let (host, port) = try deployment.listen(defaultPort: 0)
      print("starting a private Postgres and Redis …")
      let stage = try await Stage.start(home: home, migrations: try deployment.migrations(), logger: deployment.logger)
      let client = HTTPClient(eventLoopGroupProvider: .shared(HTTPClient.defaultEventLoopGroup.any()))
      var processes: [ChildProcess] = []
      let result: Result<DemoTable, any Error>
      do {
        let demo = Demo(stage: stage, data: try DemoData(), client: client, listen: "\(host):\(port)")
        let (table, handle) = try await demo.run(&processes)
        print("\n\(table.text)\n")
        print("The rooms: \(handle.sandbox)\nThe API:   \(handle.api)/v1, keys in \(home.path)/demo.json")
        if !exitWhenDone {
          print("Ctrl-C ends the demo.")
          fflush(nil)
          await Interruption.wait()
        }
        result = .success(table)
      } catch {
        result = .failure(error)
      }
      for process in processes.reversed() { await process.stop() }
      try? await client.shutdown()
      await stage.stop()
      let table = try result.get()
      guard table.rows.allSatisfy({ $0.count.failed == 0 && $0.count.unknown == 0 }) else {
        throw DemoFailure("some deliveries failed or are unknown")
      }
    }
  }
}
