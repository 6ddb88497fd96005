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
}
