import Foundation
import Glibc
import Logging

/// Where one server lives: its lock, record, log, data and runtime folder. Whoever has one is the only one.
struct ServerPlace: Sendable {
  let name: String
  /// Holds the lock, the record and the log.
  let folder: String
  /// The folder of the data; the one above it is there.
  let data: String
  /// A short path, for the sockets, the pid file and written settings.
  let runtime: String
  let owner: ServerOwner
  /// What asks the server to end without waiting for its clients.
  let stopSignal: Int32
  /// What a server takes along when it ends in order: its runtime folder, its record, and data that are not kept.
  private let belongings: [String]
  private let lock: FolderLock
  private let caretaker: Caretaker

  static let runtimePrefix = "nuanqun-run-"

  /// Where data are while they are being made.
  var unfinishedData: String { data + ".new" }
  var log: String { folder + "/log" }
  var pidFile: String { runtime + "/pid" }

  /// Takes the place of the server of that name, after stopping one that an earlier run has left behind.
  static func claim(
    _ name: String, in folders: LocalFolders, keepsData: Bool, owner: ServerOwner, stopSignal: Int32, logger: Logger
  ) async throws(LocalServersError) -> ServerPlace {
    // Under another name, so that data which were to be kept are never deleted.
    let name = keepsData ? name : name + "-scratch"
    let folder = "\(folders.home.path)/\(name)"
    try makeFolder(folder)
    let lock = try await FolderLock.take(folder: folder)
    let record = ServerRecord.path(in: folder)
    await ServerRecord.clear(at: record, owner: owner, logger: logger)

    let home = try owner.isCaller ? folder : makeHome(of: name, in: folders, for: owner)
    let data = home + "/data"
    let lost = keepsData ? [] : [data, data + ".new"]
    for path in lost { try removeIfPresent(path) }
    let runtime = try makeRuntimeFolder(for: owner)
    let belongings = [runtime, record] + lost
    let caretaker = try Caretaker(
      estate: belongings + (folders.isTemporary ? [folder, home] : []), stopSignal: stopSignal, lock: lock)
    let place = ServerPlace(
      name: name, folder: folder, data: data, runtime: runtime, owner: owner, stopSignal: stopSignal,
      belongings: belongings, lock: lock, caretaker: caretaker)
    try place.record(nil)
    return place
  }

  /// Writes down which process runs, for the caretaker and for a later run, should this one be killed.
  func record(_ process: ProcessIdentity?) throws(LocalServersError) {
    caretaker.mind(process)
    try ServerRecord(runtime: runtime, process: process, stopSignal: stopSignal).write(
      to: ServerRecord.path(in: folder))
  }

  /// Clears away what belongs to a server that has been stopped, and lets the next one in.
  func leave() async throws(LocalServersError) {
    defer { lock.release() }
    for path in belongings { try removeIfPresent(path) }
    await caretaker.dismiss()
  }

  /// The data of a server that runs as another user: in a folder which that user can reach.
  private static func makeHome(
    of name: String, in folders: LocalFolders, for owner: ServerOwner
  ) throws(LocalServersError) -> String {
    let home = "\(folders.unprivilegedHome)/\(name)"
    for path in [folders.unprivilegedHome, home] {
      if mkdir(path, 0o700) == 0 { try owner.own(path) }
      // Others may write to the folder above, and might have been there before us.
      try owner.verify(path)
    }
    return home
  }

  private static func makeRuntimeFolder(for owner: ServerOwner) throws(LocalServersError) -> String {
    let candidates = [FileManager.default.temporaryDirectory.path, "/tmp", "/var/tmp"]
    for parent in candidates where canHoldSockets(parent, of: owner) {
      if let path = try? makeUniqueFolder(in: parent, prefix: runtimePrefix) {
        try owner.own(path)
        return path
      }
    }
    throw .folder(
      path: candidates[0], problem: "sockets need a folder with a short path that is open to us: set TMPDIR")
  }

  private static func canHoldSockets(_ parent: String, of owner: ServerOwner) -> Bool {
    // 107 bytes, less the name of our folder and of the longest socket. The servers' settings have signs that they read
    // in a way of their own.
    let isPlain = parent.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !#""'\,#;%"#.utf8.contains($0) }
    guard parent.utf8.count <= 60, isPlain, access(parent, W_OK | X_OK) == 0 else { return false }
    guard !owner.isCaller else { return true }
    var path = ""
    return parent.split(separator: "/").allSatisfy { component in
      path += "/" + component
      var status = stat()
      return stat(path, &status) == 0 && status.st_mode & S_IXOTH != 0
    }
  }
}
