import Foundation
import LocalServers
import Postgres
import Testing

@Suite struct PasswordTests {
  @Test func signsInWithAPasswordAndSaysWhenItIsWrong() async throws {
    let rules = FileManager.default.temporaryDirectory.appending(path: uniqueName("hba") + ".conf")
    try Data("local all postgres trust\nlocal all all scram-sha-256\n".utf8).write(to: rules)
    // The server runs as another user when the tests run as root.
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: rules.path)
    let server = try await PrivateServer(settings: ["hba_file": rules.path])
    let admin = try await PostgresConnection.connect(server.configuration(), logger: .silent)
    try await admin.query("create role guest login password \(literal: #"it's a \ secret"#)")
    await admin.close()

    var configuration = try server.configuration()
    configuration.user = "guest"
    configuration.password = #"it's a \ secret"#
    let connection = try await PostgresConnection.connect(configuration, logger: .silent)
    let user = try await connection.value("select current_user::text", as: String.self)
    #expect(user == "guest")
    await connection.close()

    configuration.password = "wrong"
    let error = await #expect(throws: PostgresError.self) {
      try await PostgresConnection.connect(configuration, logger: .silent)
    }
    #expect(error?.sqlState == "28P01")
    #expect(error.map { !"\($0)".contains("wrong") } ?? false)
    try await server.local.stop()
    try FileManager.default.removeItem(at: rules)
  }
}
