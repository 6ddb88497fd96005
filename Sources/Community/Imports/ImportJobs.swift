public import Identifiers
public import JobQueue

/// Looks at a sheet beside what the brand has, and says what its rows would do.
public struct CheckImport: JobPayload, Hashable {
  /// The kind.
  public static let kind = "import.check"
  /// Its lane.
  public static let lane = Lane.imports
  /// Somebody looks at its progress.
  public static let runClass = RunClass.interactive

  /// The import.
  public let imported: ID<Import>
}

/// Takes the rows of a sheet.
public struct RunImport: JobPayload, Hashable {
  /// The kind.
  public static let kind = "import.run"
  /// Its lane.
  public static let lane = Lane.imports

  /// The import.
  public let imported: ID<Import>
}

/// Takes back what an import has made.
public struct UndoImport: JobPayload, Hashable {
  /// The kind.
  public static let kind = "import.undo"
  /// Its lane.
  public static let lane = Lane.imports

  /// The import.
  public let imported: ID<Import>
}

/// Forgets an import's file and rows.
public struct ForgetImport: JobPayload, Hashable {
  /// The kind.
  public static let kind = "import.forget"
  /// Its lane.
  public static let lane = Lane.upkeep
  /// It may take its time.
  public static let runClass = RunClass.bulk

  /// The import.
  public let imported: ID<Import>
}

extension Lane {
  /// Sheets that people bring.
  public static let imports = Lane("imports")
}
