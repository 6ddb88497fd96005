import Testing

@testable import Postgres

@Suite struct ConfigurationTests {
  @Test(arguments: [
    "postgres://reader:open%20sesame@db.example:6543/shop?sslmode=verify-full&target_session_attrs=read-write",
    "host=db.example port=6543 user=reader password='open sesame' dbname=shop sslmode=verify-full target_session_attrs=read-write",
  ])
  func readsBothFormsWhole(_ text: String) throws {
    let configuration = try PostgresConfiguration(text)
    #expect(configuration.user == "reader")
    #expect(configuration.password == "open sesame")
    #expect(configuration.database == "shop")
    #expect(configuration.connectParameters["sslmode"] == "verify-full")
    #expect(configuration.connectParameters["target_session_attrs"] == "read-write")
  }

  @Test func hidesThePassword() throws {
    var configuration = try PostgresConfiguration("host=/tmp user=reader password=sesame")
    configuration.password = "sesame two"
    #expect(!"\(configuration)".contains("sesame"))
    #expect("\(configuration)".contains("reader"))
  }

  @Test func refusesNonsenseWithoutQuotingIt() {
    let error = #expect(throws: PostgresError.self) { try PostgresConfiguration("postgres://u:sesame@[::1/x") }
    #expect(error.map { !"\($0)".contains("sesame") } ?? false)
  }

  @Test func addsLimitsToTheOptionsThatAreThere() throws {
    var configuration = try PostgresConfiguration("host=/tmp options='-c geqo=off'")
    configuration.timeouts = StatementTimeouts(statement: .seconds(2), lock: .microseconds(10))
    #expect(
      configuration.connectParameters["options"] == "-c geqo=off -c statement_timeout=2000 -c lock_timeout=1")
    #expect(configuration.connectParameters["client_encoding"] == "UTF8")
  }

  @Test func aPoolerGetsNoOptions() throws {
    #expect(throws: PostgresError.self) {
      try PostgresConfiguration("host=/tmp options='-c geqo=off'", profile: .pooler)
    }
    var configuration = try PostgresConfiguration("host=/tmp", profile: .pooler)
    configuration.timeouts.statement = .seconds(1)
    #expect(configuration.connectParameters["options"] == nil)
  }

  @Test func overridesUserDatabaseAndName() throws {
    var configuration = try PostgresConfiguration("postgres://a@/b")
    configuration.user = "c"
    configuration.database = "d"
    configuration.applicationName = "worker"
    #expect(configuration.connectParameters["user"] == "c")
    #expect(configuration.connectParameters["dbname"] == "d")
    #expect(configuration.connectParameters["fallback_application_name"] == "worker")
  }

  @Test func looksUpNamesAndKeepsThemForCertificates() async throws {
    let parameters = try ConnectionParameters("host=localhost,/tmp,127.0.0.1 port=5000,5001,5002")
    let resolved = try await HostResolver.resolve(parameters)
    let hosts = resolved["host"]?.split(separator: ",") ?? []
    let addresses = resolved["hostaddr"]?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    #expect(hosts.first == "localhost")
    #expect(hosts.suffix(2) == ["/tmp", "127.0.0.1"])
    #expect(addresses.count == hosts.count)
    #expect(addresses.first.map { $0 == "127.0.0.1" || $0 == "::1" } ?? false)
    #expect(resolved["port"]?.hasSuffix("5001,5002") ?? false)
    let local = try ConnectionParameters("host=/tmp")
    #expect(try await HostResolver.resolve(local) == local)
  }

  @Test func findsTheCodeOfAFailedAttempt() {
    let message =
      "connection to server failed: FATAL:  28P01: password authentication failed for user \"x\"; LOCATION:  auth.c:1"
    let failure = ConnectionFailure(connecting: message)
    #expect(failure.sqlState == "28P01")
    #expect(failure.isPermanent)
    #expect(failure.message == "connection to server failed: FATAL: password authentication failed for user \"x\"")
  }
}
