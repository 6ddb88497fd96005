import Crypto
public import Foundation

/// One numbered file of plain SQL, for one kind of schema.
public struct Migration: Sendable, Hashable {
  /// The file's name without its ending: `0001_agencies`.
  public let name: String
  /// The statements.
  public let sql: String

  /// SHA-256 of the text: an applied file must not change any more.
  var checksum: Data { Data(SHA256.hash(data: Data(sql.utf8))) }
}

/// The files of one folder in the order of their numbers.
public struct MigrationFolder: Sendable {
  /// Which kind of schema a folder is for.
  public enum Scope: String, Sendable, CaseIterable {
    /// The agencies' side: one schema for the deployment.
    case control
    /// The `ops` schema: one for each cell.
    case cell
    /// A brand's schema.
    case brand
  }

  /// The kind of schema.
  public let scope: Scope
  /// In the order in which they are applied.
  public let migrations: [Migration]

  /// Reads `<folder>/<scope>/*.sql`. Throws `MigrationError` for a folder that cannot be read or repeats a number.
  public init(_ scope: Scope, in folder: URL) throws {
    let place = folder.appending(path: scope.rawValue)
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: place.path).filter { $0.hasSuffix(".sql") }.sorted()
    } catch {
      throw MigrationError.unreadable(folder: place.path)
    }
    let numbers = names.map { $0.prefix { $0 != "_" } }
    let areFit = numbers.allSatisfy { number in
      number.utf8.count == 4 && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard areFit, Set(numbers).count == numbers.count else {
      throw MigrationError.badNumbers(folder: place.path)
    }
    self.scope = scope
    migrations = try names.map { name in
      let file = place.appending(path: name)
      guard let sql = try? String(contentsOf: file, encoding: .utf8) else {
        throw MigrationError.unreadable(folder: file.path)
      }
      return Migration(name: String(name.dropLast(4)), sql: sql)
    }
  }
}

/// Why migrations cannot go on.
public enum MigrationError: Error, Equatable, CustomStringConvertible {
  case unreadable(folder: String)
  case badNumbers(folder: String)
  case changed(schema: String, name: String)
  case unknown(schema: String, name: String)
  case failed(schema: String, name: String, reason: String)
  /// Several schemas cannot go on, each for its reason.
  case several([MigrationError])

  /// One line for each schema, which says what happened and what to do.
  public var description: String {
    switch self {
    case .unreadable(let folder):
      "NUANQUN_MIGRATIONS leads to no migrations: \(folder) cannot be read; give the folder with control, cell and brand"
    case .badNumbers(let folder): "the files in \(folder) must begin with four-digit numbers, each once"
    case .changed(let schema, let name):
      "\(name) was applied to \(schema) and has been changed since; put its text back and add a new file instead"
    case .unknown(let schema, let name):
      "\(schema) has \(name), which this version does not know; run a version at least as new as the schema"
    case .failed(let schema, let name, let reason): "\(name) failed in \(schema), which is as it was before: \(reason)"
    case .several(let errors): errors.map(\.description).joined(separator: "\n")
    }
  }
}
