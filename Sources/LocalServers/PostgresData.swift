import Foundation
import Glibc
import Subprocess
import SystemPackage

/// The data folder of a private Postgres.
enum PostgresData {
  /// Makes the data folder if there is none, and returns the folder of the programs that fit it.
  static func prepare(in place: ServerPlace) async throws -> FilePath {
    let version = try? String(contentsOfFile: place.data + "/PG_VERSION", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let programs = try await Programs.postgresFolder(version: version)
    if version == nil { try await initialise(in: place, programs: programs) }
    return programs
  }

  private static func initialise(in place: ServerPlace, programs: FilePath) async throws {
    // Under another name until it is whole: initdb may be killed half way.
    let unfinished = place.unfinishedData
    try removeIfPresent(unfinished)
    try await ServerProcess.run(
      programs.appending("initdb"),
      [
        "--pgdata", unfinished, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=\(locale)",
        "--no-sync", "--no-instructions",
      ], in: place)
    guard rename(unfinished, place.data) == 0 else {
      throw LocalServersError.system(action: "rename \(unfinished)", code: errno)
    }
  }

  /// C.UTF-8 sorts by code point and still knows upper from lower case; a small system may lack it.
  private static var locale: String {
    guard let found = newlocale(1 << LC_CTYPE | 1 << LC_COLLATE, "C.UTF-8", nil) else { return "C" }
    freelocale(found)
    return "C.UTF-8"
  }
}

/// Whether a server that speaks Postgres' protocol takes connections.
func isAccepting(_ probe: FilePath, socketDirectory: String, port: String) async -> Bool {
  let result = try? await Subprocess.run(
    .path(probe), arguments: ["-q", "-h", socketDirectory, "-p", port, "-U", "postgres", "-d", "postgres", "-t", "5"],
    environment: ServerProcess.environment, workingDirectory: "/", output: .discarded)
  return result?.terminationStatus.isSuccess ?? false
}

/// A libpq URI for a Unix socket: its folder stands percent-encoded where a host would.
func postgresURL(database: String, user: String, socketDirectory: String, port: String?) -> String {
  let unreserved = CharacterSet(charactersIn: "-._~").union(.alphanumerics.intersection(.ascii))
  let encoded = [user, socketDirectory, database].map {
    $0.addingPercentEncoding(withAllowedCharacters: unreserved) ?? $0
  }
  return "postgresql://\(encoded[0])@\(encoded[1])\(port.map { ":\($0)" } ?? "")/\(encoded[2])"
}

extension CharacterSet {
  fileprivate static let ascii = CharacterSet(charactersIn: "\u{0}"..."\u{7f}")
}
