public import Foundation
import Glibc

/// The folder in which the private servers of one run keep what they need: `NUANQUN_HOME`, by default `.nuanqun`.
///
/// Each server has a folder of its own name in it, with its lock, its log and a record of the process that runs. Sockets
/// live elsewhere, since a socket's path may not be longer than 107 bytes. When the caller is root, so does the data of
/// the servers that refuse to run as root: the home may be in a folder that no other user can enter.
public struct LocalFolders: Sendable, Hashable {
  /// The folder, absolute and without links in its path.
  public let home: URL
  /// Whether nobody will come back to the home after this run.
  let isTemporary: Bool

  /// Names a home; nothing is made before a server starts in it.
  public init(home: URL) {
    self.init(home: home, isTemporary: false)
  }

  private init(home: URL, isTemporary: Bool) {
    self.isTemporary = isTemporary
    self.home = home.standardizedFileURL.resolvingSymlinksInPath()
  }

  /// Makes an empty home for one test or one bench. `remove` takes it away again; so does the end of this process, as far
  /// as servers still run in it.
  public static func temporary() throws(LocalServersError) -> LocalFolders {
    let path = try makeUniqueFolder(in: FileManager.default.temporaryDirectory.path, prefix: "nuanqun-home-")
    return LocalFolders(home: URL(filePath: path, directoryHint: .isDirectory), isTemporary: true)
  }

  /// Deletes the home with all data of its servers, which must have been stopped.
  public func remove() throws(LocalServersError) {
    for path in [home.path, unprivilegedHome] { try removeIfPresent(path) }
  }

  /// Where root keeps the data of servers that run as another user: a folder which that user can reach, with a name that
  /// is the same for the same home and differs between homes.
  var unprivilegedHome: String {
    // FNV-1a: the name has to be stable between runs, which Hasher's values are not.
    let hash = home.path.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return "/var/tmp/nuanqun-" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Makes a folder with a random name that only the caller may enter.
func makeUniqueFolder(in parent: String, prefix: String) throws(LocalServersError) -> String {
  var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
  guard let made = mkdtemp(&template) else {
    throw .system(action: "make a folder in \(parent)", code: errno)
  }
  return String(cString: made)
}

/// Makes a folder and those above it, if they are not there yet.
func makeFolder(_ path: String) throws(LocalServersError) {
  do {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  } catch {
    throw .folder(path: path, problem: error.localizedDescription)
  }
}

/// Deletes a file or a folder with all that is in it.
func removeIfPresent(_ path: String) throws(LocalServersError) {
  guard FileManager.default.fileExists(atPath: path) else { return }
  do {
    try FileManager.default.removeItem(atPath: path)
  } catch {
    throw .folder(path: path, problem: error.localizedDescription)
  }
}
