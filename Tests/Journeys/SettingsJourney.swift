import Foundation
import Glibc
import Testing
import TestSupport

/// A setting that is missing or wrong stops the start, and one line says which and what to do.
@Suite(.serialized, .timeLimit(.minutes(4))) struct SettingsJourney {
  struct Case: Sendable, CustomTestStringConvertible {
    let verb: String
    /// What is put in the place of good settings; nothing counts as not set.
    let settings: [String: String]
    /// The setting that the line has to name.
    let named: String
    /// A part of the remedy.
    let remedy: String

    init(_ verb: String, _ settings: [String: String], names name: String? = nil, remedy: String) {
      self.verb = verb
      self.settings = settings
      named = name ?? settings.keys.sorted()[0]
      self.remedy = remedy
    }

    var testDescription: String { "\(verb) with \(settings)" }
  }

  static let short = "first:c2hvcnQ="
  static let repeated = "one:\(key),one:\(key)"
  private static let key = String(repeating: "A", count: 43) + "="
  /// Nobody listens there; a setting that is wrong has to be found before anybody is called.
  private static let good = [
    "DATABASE_URL": "postgres://nuanqun_app@127.0.0.1:9/nuanqun", "REDIS_URL": "redis://127.0.0.1:9",
    "NUANQUN_OWNER_URL": "postgres://owner@127.0.0.1:9/nuanqun", "NUANQUN_MASTER_KEYS": "first:\(key)",
    "NUANQUN_MIGRATIONS": TestDeployment.migrations.path, "NUANQUN_LISTEN": "127.0.0.1:0",
  ]

  static let cases: [Case] =
    ["api", "worker", "migrate"].flatMap { verb in
      [
        Case(verb, ["DATABASE_URL": ""], remedy: "give the application login's connection string"),
        Case(verb, ["DATABASE_URL": "nowhere"], remedy: "postgres://"),
        Case(
          verb, ["DATABASE_URL": "", "DATABASE_URL_FILE": "/nonexistent/secret"], names: "DATABASE_URL_FILE",
          remedy: "give a text file"),
        Case(verb, ["NUANQUN_LOG_LEVEL": "loud"], remedy: "give one of debug, info"),
      ]
    }
    + ["api", "worker"].flatMap { verb in
      [
        Case(verb, ["REDIS_URL": ""], remedy: "give redis://"),
        Case(verb, ["REDIS_URL": "rediss://127.0.0.1"], remedy: "use unix://"),
        Case(verb, ["REDIS_URL": "nonsense"], remedy: "write redis://"),
        Case(verb, ["NUANQUN_TRACES": "/nonexistent/spans"], remedy: "give a file"),
        Case(verb, ["NUANQUN_MASTER_KEYS": ""], remedy: "openssl rand"),
        Case(verb, ["NUANQUN_MASTER_KEYS": short], remedy: "openssl rand"),
        Case(verb, ["NUANQUN_MASTER_KEYS": repeated], remedy: "stands there twice"),
        Case(
          verb, ["NUANQUN_MASTER_KEYS": "", "NUANQUN_MASTER_KEYS_FILE": "/nonexistent/secret"],
          names: "NUANQUN_MASTER_KEYS_FILE", remedy: "give a text file"),
        Case(verb, ["NUANQUN_WECOM_URL": "ftp://wecom.example"], remedy: "http or https address"),
        Case(verb, ["NUANQUN_WECOM_TIMEOUT_SECONDS": "0"], remedy: "give seconds from"),
        Case(verb, ["NUANQUN_DATABASE_CONNECTIONS": "1"], remedy: "give a whole number from"),
        Case(verb, ["NUANQUN_DATABASE_PROFILE": "fast"], remedy: "give one of direct, pooler"),
      ]
    } + [
      Case("worker", ["NUANQUN_WECOM_CALLS_PER_MINUTE": "0"], remedy: "give a whole number from"),
      Case("api", ["NUANQUN_LISTEN": "8080"], remedy: "give address:port"),
      Case("api", ["NUANQUN_LISTEN": "127.0.0.1:99999"], remedy: "give address:port"),
      Case("api", ["NUANQUN_OWNER_URL": "nowhere"], remedy: "postgres://"),
      Case("migrate", ["NUANQUN_OWNER_URL": ""], remedy: "give the connection string"),
      Case("migrate", ["NUANQUN_OWNER_URL": "nowhere"], remedy: "postgres://"),
      Case("migrate", ["NUANQUN_MIGRATIONS": "/nonexistent"], remedy: "give the folder"),
      Case("worker", ["NUANQUN_WORKER_SLOTS": "0"], remedy: "give a whole number from 1"),
      Case("worker", ["NUANQUN_WORKER_SLOTS": "many"], remedy: "give a whole number from 1"),
      Case("worker", ["NUANQUN_LEASE_SECONDS": "1"], remedy: "give seconds from"),
      Case("worker", ["NUANQUN_HEARTBEAT_SECONDS": "15"], remedy: "less than half of NUANQUN_LEASE_SECONDS"),
      Case("worker", ["NUANQUN_FIRST_BYTE_SECONDS": "100"], remedy: "give seconds from"),
      Case("demo", ["NUANQUN_LISTEN": "here"], remedy: "give address:port"),
    ]

  @Test(arguments: cases) func stopsTheStartWithOneLine(wrong: Case) async throws {
    let end = try await Product.run([wrong.verb], Self.good.merging(wrong.settings) { $1 })
    #expect(end.code == 1)
    #expect(end.errorLines.count == 1)
    let line = end.errorLines.first ?? ""
    #expect(line.hasPrefix("nuanqun: \(wrong.named) "))
    #expect(line.contains(wrong.remedy))
    #expect(!line.contains(Self.key), "a key never shows")
    #expect(end.output.isEmpty)
  }

  @Test func anAddressThatIsTakenStopsTheStartWithOneLine() async throws {
    let taken = try TakenPort()
    let end = try await Product.run(
      ["api"], Self.good.merging(["NUANQUN_LISTEN": "127.0.0.1:\(taken.number)"]) { $1 })
    #expect(end.code == 1)
    #expect(end.errorLines.count == 1, "\(end.errors)")
  }

  @Test func aWrongWordIsNoSetting() async throws {
    let end = try await Product.run(["wroker"])
    #expect(end.code == 64)
    #expect(end.errors.contains("wroker"))
  }
}

/// A port of loopback on which somebody listens already.
final class TakenPort {
  let number: UInt16
  private let descriptor: Int32

  init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isTaken = withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      return bind(descriptor, pointer, length) == 0 && listen(descriptor, 1) == 0
        && getsockname(descriptor, pointer, &length) == 0
    }
    self.descriptor = descriptor
    number = UInt16(bigEndian: address.sin_port)
    guard isTaken else { throw POSIXError(.EADDRINUSE) }
  }

  deinit { close(descriptor) }
}
