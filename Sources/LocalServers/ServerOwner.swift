import Glibc
import Subprocess
import SystemPackage

/// The user as whom a server runs.
struct ServerOwner: Sendable, Hashable {
  let user: uid_t
  let group: gid_t

  static var caller: ServerOwner { ServerOwner(user: geteuid(), group: getegid()) }

  /// The user for a server that refuses to run as root: the caller, or `postgres` when the caller is root.
  static func unprivileged() throws(LocalServersError) -> ServerOwner {
    guard geteuid() == 0 else { return caller }
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    guard getpwnam_r("postgres", &entry, &buffer, buffer.count, &found) == 0, found != nil else {
      throw .programMissing("the user postgres", package: "postgresql")
    }
    return ServerOwner(user: entry.pw_uid, group: entry.pw_gid)
  }

  var isCaller: Bool { user == geteuid() }

  /// A child of its own session does not get the Ctrl-C that is meant for us: we stop it when its turn comes.
  static var platformOptions: PlatformOptions {
    var options = PlatformOptions()
    options.createSession = true
    return options
  }

  /// The words that run a program as the user.
  ///
  /// `setpriv` turns into the program, so the process stays the same. Subprocess could change the user too, but does it
  /// between fork and exec with calls of libc that wait for other threads, of which the child has none: now and then such
  /// a child hangs for ever.
  func command(_ program: FilePath, _ arguments: [String]) async throws(LocalServersError) -> [String] {
    guard !isCaller else { return [program.string] + arguments }
    let setpriv = try await Programs.find("setpriv", package: "util-linux")
    let change = ["--reuid", "\(user)", "--regid", "\(group)", "--clear-groups", "--"]
    return [setpriv.string] + change + [program.string] + arguments
  }

  /// Gives a folder to the user, and to nobody else.
  func own(_ path: String) throws(LocalServersError) {
    guard chmod(path, 0o700) == 0, isCaller || chown(path, user, group) == 0 else {
      throw .system(action: "give \(path) to the user \(user)", code: errno)
    }
  }

  /// Refuses a folder that somebody else has put in our place, or may write to.
  func verify(_ path: String) throws(LocalServersError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .system(action: "look at \(path)", code: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .folder(path: path, problem: "it is not a folder") }
    guard status.st_uid == user, status.st_mode & 0o077 == 0 else {
      throw .folder(path: path, problem: "it must belong to the user \(user), and nobody else may enter it")
    }
  }
}
