import Foundation
import Subprocess
import SystemPackage

/// Finds the programs of the servers.
enum Programs {
  /// The path of a program that is in PATH.
  static func find(_ name: String, package: String) async throws(LocalServersError) -> FilePath {
    if let path = try? await Executable.name(name).resolveExecutablePath(in: .inherit) { return path }
    // Debian keeps PgBouncer in a folder that an ordinary user's PATH leaves out.
    for folder in ["/usr/sbin", "/usr/local/sbin"] where isExecutable("\(folder)/\(name)") {
      return FilePath("\(folder)/\(name)")
    }
    throw .programMissing(name, package: package)
  }

  /// The folder with Postgres' programs: that of the version that made the data, else of PATH, else the newest that
  /// Debian has installed, which it keeps out of PATH.
  static func postgresFolder(version: String?) async throws(LocalServersError) -> FilePath {
    let root = "/usr/lib/postgresql"
    let installed = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
      .filter { isExecutable("\(root)/\($0)/bin/postgres") }
      .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    if let version, installed.contains(version) { return FilePath("\(root)/\(version)/bin") }
    if let path = try? await Executable.name("postgres").resolveExecutablePath(in: .inherit) {
      let folder = FilePath(URL(filePath: path.string).resolvingSymlinksInPath().path).removingLastComponent()
      if isExecutable(folder.appending("initdb").string) { return folder }
    }
    guard let newest = installed.last else { throw .programMissing("postgres", package: "postgresql") }
    return FilePath("\(root)/\(newest)/bin")
  }

  private static func isExecutable(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }
}
