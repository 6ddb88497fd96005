import Foundation

/// A process that lives no longer than the tests: a shell holds it, and ends it when the tests' end of its input closes,
/// however they end.
final class Supervised: Sendable {
  private let input: FileHandle
  private let output: FileHandle
  let folder: String

  /// Starts a shell that understands `start`, `stop` (at once, as in a power cut) and `end of input`.
  ///
  /// - Parameter prepare: shell commands to run once in the folder before the first start.
  /// - Parameter command: what to run; `$D` is the folder.
  init(prepare: String, command: String) throws {
    folder = "/tmp/nq\(getpid())-\(UInt32.random(in: 0...99_999))"
    let script = """
      D=\(folder); umask 077; mkdir "$D" && cd "$D" || exit 1
      cleanup() { [ -n "$P" ] && kill -QUIT "$P" 2>/dev/null; [ -n "$P" ] && wait "$P"; cd /; rm -rf "$D"; }
      trap '' INT TERM HUP
      (
      \(prepare)
      ) </dev/null >prepare.log 2>&1 || { cat prepare.log; echo failed; cleanup; exit 1; }
      while read -r order; do
        case "$order" in
          start) \(command) </dev/null >>log 2>&1 & P=$! ;;
          stop) kill -QUIT "$P"; wait "$P"; P= ;;
        esac
        echo done
      done
      cleanup
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: getuid() == 0 ? "/usr/bin/setpriv" : "/bin/sh")
    let asPostgres = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "/bin/sh"]
    process.arguments = (getuid() == 0 ? asPostgres : []) + ["-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: "/tmp")
    let (toShell, fromShell) = (Pipe(), Pipe())
    process.standardInput = toShell
    process.standardOutput = fromShell
    // Threads of the cooperative pool block signals, and a child inherits that: it could not be told to end.
    var (none, usual) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &usual)
    defer { pthread_sigmask(SIG_SETMASK, &usual, nil) }
    try process.run()
    input = toShell.fileHandleForWriting
    output = fromShell.fileHandleForReading
    // Nobody else may hold the pipe open: its closing is what ends the shell.
    _ = fcntl(input.fileDescriptor, F_SETFD, FD_CLOEXEC)
  }

  func order(_ order: String) throws {
    try input.write(contentsOf: Data((order + "\n").utf8))
    var answer = Data()
    while !answer.contains(UInt8(ascii: "\n")) {
      let more = output.availableData
      guard !more.isEmpty else { break }
      answer.append(more)
    }
    let text = String(decoding: answer, as: UTF8.self)
    guard text == "done\n" else { throw Failure(text: text) }
  }

  struct Failure: Error {
    let text: String
  }
}
