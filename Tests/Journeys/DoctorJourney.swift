import Foundation
import Glibc
import LocalServers
import Testing
import TestSupport

/// What `nuanqun doctor` says of a deployment, for people and for scripts.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DoctorJourney {
  @Test func findsNothingInTheWayOfAGoodDeployment() async throws {
    let deployment = try await TestDeployment.make()
    _ = try await deployment.makeBrand()
    let end = try await Product.run(["doctor"], deployment.environment)
    #expect(end.code == 0, "\(end.output)")
    #expect(!end.output.contains("PROBLEM"))
    await deployment.close()
  }

  @Test(arguments: ["DATABASE_URL", "REDIS_URL", "NUANQUN_MASTER_KEYS"])
  func namesWhatIsMissing(name: String) async throws {
    let deployment = try await TestDeployment.make()
    let end = try await Product.run(["doctor"], deployment.environment.merging([name: ""]) { $1 })
    #expect(end.code == 1)
    #expect(end.output.split(separator: "\n").contains { $0.hasPrefix("PROBLEM") && $0.contains("\(name) is not set") })
    await deployment.close()
  }

  @Test func noticesKeysThatDoNotOpenTheBrands() async throws {
    let deployment = try await TestDeployment.make()
    _ = try await deployment.makeBrand("yaban")
    let other = "test:\(String(repeating: "A", count: 43))="
    let end = try await Product.run(
      ["doctor", "--json"], deployment.environment.merging(["NUANQUN_MASTER_KEYS": other]) { $1 })
    #expect(end.code == 1)
    let problems = end.output.split(separator: "\n").filter { $0.contains(#""verdict":"problem""#) }
    #expect(problems.count == 1)
    #expect(problems.first?.contains("NUANQUN_MASTER_KEYS does not open the key of brand yaban") == true)
    await deployment.close()
  }

  @Test func noticesADatabaseThatWasNeverMigrated() async throws {
    let deployment = try await TestDeployment.make()
    let empty = deployment.environment.mapValues { $0.replacing("/\(deployment.database)", with: "/postgres") }
    let end = try await Product.run(["doctor"], deployment.environment.merging(empty) { $1 })
    #expect(end.code == 1)
    #expect(end.output.contains("has `nuanqun migrate` been run?"))
    await deployment.close()
  }

  /// On servers of its own, since it changes them.
  @Test func refusesWhatWouldLoseClaimsAndSaysThatACellIsClosed() async throws {
    let servers = TestServers()
    let (postgres, _) = try await servers.servers()
    let deployment = try await TestDeployment.make(on: servers)
    func problems() async throws -> [String] {
      let end = try await Product.run(["doctor"], deployment.environment)
      return end.output.split(separator: "\n").filter { $0.hasPrefix("PROBLEM") }.map(String.init)
    }
    #expect(try await problems() == [])

    try await Self.psql(postgres, "alter database \(deployment.database) set synchronous_commit = off")
    #expect(try await problems().map { $0.contains("commits are synchronous") } == [true])
    try await Self.psql(postgres, "alter database \(deployment.database) reset synchronous_commit")

    // Whoever receives the log as a standby does is one in the server's eyes.
    let folder = FileManager.default.temporaryDirectory.appending(path: "nuanqun-standby-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let standby = try Self.start(
      postgres, "pg_receivewal", ["-h", postgres.socketDirectory, "-U", "postgres", "-D", folder.path])
    try await eventually { try await !problems().isEmpty }
    #expect(try await problems().map { $0.contains("a standby never misses a commit") } == [true])
    kill(standby.processIdentifier, SIGKILL)
    try await eventually { !standby.isRunning }
    try FileManager.default.removeItem(at: folder)

    let closed = try await Product.run(["cell", "close"], deployment.environment)
    #expect(closed.code == 0 && closed.output == "closed\n", "\(closed.errors)")
    try await eventually { try await problems().count == 1 }
    #expect(try await problems()[0].contains("`nuanqun cell open`"))
    let overview = try await Product.run(["jobs"], deployment.environment)
    #expect(overview.output.contains("THE CELL IS CLOSED"))
    let status = try await Product.run(["cell", "status", "--json"], deployment.environment)
    #expect(status.code == 1 && status.output.contains(#""because":"person""#))
    let opened = try await Product.run(["cell", "open", "--json"], deployment.environment)
    #expect(opened.code == 0 && opened.output.contains(#""deliveries_unknown":0"#), "\(opened.errors)")
    #expect(try await problems() == [])
    await deployment.close()
    try await servers.stop()
  }

  private static func psql(_ postgres: LocalPostgres, _ statement: String) async throws {
    let process = try start(
      postgres, "psql", ["-h", postgres.socketDirectory, "-U", "postgres", "-d", "postgres", "-Xqc", statement])
    try await eventually { !process.isRunning }
  }

  private static func start(_ postgres: LocalPostgres, _ program: String, _ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: postgres.programs).appending(path: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
