import Glibc

/// Why a private server did not start or stop.
public enum LocalServersError: Error, Sendable, Equatable {
  /// A program is not installed; the package is Debian's name for what holds it.
  case programMissing(String, package: String)
  /// Another process, or another part of this one, runs a server in the same home; its number may be unknown (empty).
  case inUse(folder: String, process: String)
  /// The server ended by itself, or did not answer in time; `log` is the end of what it said.
  case notStarted(server: String, problem: String, log: String)
  /// A server did not end, although it was killed.
  case notStopped(server: String, process: Int32)
  /// A folder cannot be used.
  case folder(path: String, problem: String)
  /// The operating system refused something.
  case system(action: String, code: Int32)
}

extension LocalServersError: CustomStringConvertible {
  /// One line that says what is wrong and what to do, followed by the server's own words where there are any.
  public var description: String {
    switch self {
    case .programMissing(let program, let package):
      "\(program) was not found: install it with `apt install \(package)`"
    case .inUse(let folder, let process):
      "\(folder) is in use by \(process.isEmpty ? "another process" : "process \(process)"): stop that run, or choose another folder with NUANQUN_HOME"
    case .notStarted(let server, let problem, let log):
      "\(server) did not start: \(problem)" + (log.isEmpty ? "" : "\nThe end of its log:\n\(log)")
    case .notStopped(let server, let process):
      "\(server) (process \(process)) did not stop, although it was killed"
    case .folder(let path, let problem):
      "cannot use the folder \(path): \(problem)"
    case .system(let action, let code):
      "could not \(action): \(String(cString: strerror(code)))"
    }
  }
}
